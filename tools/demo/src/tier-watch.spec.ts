import { seenIn, type TierAnswer } from './tier-watch';

const DUE = 1_800_000_000_000;

const answer = (askedMs: number, tier: 0 | 1, more: Partial<TierAnswer> = {}): TierAnswer => ({
  askedMs: DUE + askedMs,
  answeredMs: DUE + askedMs + 4,
  nowMs: DUE + askedMs + 1,
  pid: 7,
  tier,
  version: 3,
  source: 'push',
  ...more,
});

describe('what a process answered around the time of tier 1', () => {
  it('says when it was first seen in it, by which plan, and when it was surely below it', () => {
    expect(seenIn([answer(-20, 0), answer(-6, 0), answer(8, 1, { source: 'disk' })], DUE, 1)).toEqual({
      pid: 7,
      tier: 1,
      at: new Date(DUE + 9).toISOString(),
      source: 'disk',
      version: 3,
      lateMs: 9,
      lastBelowMs: -6,
      clockOffMsMax: 3,
    });
  });

  it('does not believe a clock that is beyond question and answer', () => {
    expect(seenIn([answer(-900, 1, { nowMs: DUE })], DUE, 1)).toMatchObject({ lateMs: -896 });
    expect(seenIn([answer(900, 1, { nowMs: DUE })], DUE, 1)).toMatchObject({ lateMs: 900 });
  });

  it('knows its clock by the quickest answer', () => {
    const slow = answer(-80, 0, { answeredMs: DUE - 20, nowMs: DUE - 30 });
    expect(seenIn([slow, answer(0, 1, { nowMs: DUE + 2 })], DUE, 1).clockOffMsMax).toBe(2);
    expect(seenIn([slow], DUE, 1).clockOffMsMax).toBe(50);
    expect(seenIn([answer(0, 1, { nowMs: DUE + 3_600_000 })], DUE, 1).clockOffMsMax).toBe(3_600_000);
  });

  it('says of one that never came into it that it did not', () => {
    expect(seenIn([answer(9_000, 0)], DUE, 1)).toMatchObject({ tier: 0, at: null, lateMs: null, lastBelowMs: 9_000 });
  });

  it('says of one that never answered whose silence it was', () => {
    expect(seenIn([], DUE, 42)).toMatchObject({ pid: 42, tier: 0, at: null, source: 'unknown', clockOffMsMax: null });
  });
});
