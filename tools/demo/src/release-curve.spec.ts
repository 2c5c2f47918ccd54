import { entrySlotMs } from '@floodgate/domain/degradation-plan';
import { releaseCurve } from './release-curve';
import { type LetIn } from './sightings';

const FROM = 1_800_000_000_000;
const entry = { fromMs: FROM, releaseOverMs: 4_500, countdown: true, hiddenFromSignedOut: true };
const policy = { entry, t0Ms: FROM + 4_500 };

const crowd = (size: number, lateMs: number): LetIn[] =>
  Array.from({ length: size }, (_, number) => {
    const userId = `u${number}`;
    return { userId, atMs: entrySlotMs(userId, policy) + lateMs };
  });

describe('the release curve', () => {
  it('holds what was let in each second against an even schedule', () => {
    const curve = releaseCurve(crowd(9_000, 0), policy);
    expect(curve).toMatchObject({ people: 9_000, releaseOverMs: 4_500, early: 0 });
    expect(curve.perSecond.map(({ scheduled }) => scheduled)).toEqual([2_000, 2_000, 2_000, 2_000, 1_000]);
    expect(curve.perSecond.reduce((sum, { letIn }) => sum + letIn, 0)).toBe(9_000);
    for (const { letIn, moments } of curve.perSecond) expect(letIn).toBe(moments);
    expect(curve.worstError).toBeLessThan(curve.errorBound);
  });

  it('shows a second in which too many came', () => {
    const bunched = crowd(900, 0).map((one) => ({ ...one, atMs: Math.max(one.atMs, FROM + 3_000) }));
    const curve = releaseCurve(bunched, policy);
    expect(curve.perSecond[3]?.letIn).toBeGreaterThan(600);
    expect(curve.worstError).toBeGreaterThan(curve.errorBound);
  });

  it('tells who was in before their own moment, and how long after it the others were', () => {
    const people = crowd(100, 30);
    const early = { userId: 'early', atMs: entrySlotMs('early', policy) - 51 };
    expect(releaseCurve([...people, early], policy)).toMatchObject({ early: 1, afterMomentMs: { p50: 30, max: 30 } });
  });

  it('goes on after the release for those who came later', () => {
    const curve = releaseCurve([{ userId: 'u1', atMs: FROM + 6_200 }], policy);
    expect(curve.perSecond).toHaveLength(7);
    expect(curve.perSecond[6]).toMatchObject({ scheduled: 0, letIn: 1 });
  });

  it('is empty when nobody was let in', () => {
    expect(releaseCurve([], policy)).toMatchObject({ people: 0, worstError: 0, early: 0 });
  });
});
