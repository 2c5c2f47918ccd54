import fc from 'fast-check';
import { dropEndsAtMs, entrySlotMs, isDropped, isShed } from '.';

const T0 = 1_800_000_000_000;
const WINDOW = 120_000;
const users = Array.from({ length: 20_000 }, (_, index) => `user-${index}`);
const anyUser = fc.string({ minLength: 1, maxLength: 20 });
const anyShare = fc.double({ min: 0, max: 1, noNaN: true });
const anyNow = fc.integer({ min: T0 - 10 * WINDOW, max: T0 + 10 * WINDOW });

describe('isDropped', () => {
  it('says the same for the whole window', () => {
    fc.assert(
      fc.property(anyUser, anyShare, anyNow, anyShare, (userId, share, nowMs, fraction) => {
        const endsAtMs = dropEndsAtMs({ windowMs: WINDOW, anchorMs: T0 }, nowMs);
        expect(endsAtMs).toBeGreaterThan(nowMs);
        const laterMs = nowMs + Math.floor((endsAtMs - 1 - nowMs) * fraction);
        expect(isDropped(userId, share, WINDOW, T0, laterMs)).toBe(isDropped(userId, share, WINDOW, T0, nowMs));
      }),
    );
  });

  it('drops with a smaller share nobody whom a larger one lets in', () => {
    fc.assert(
      fc.property(anyUser, anyShare, anyShare, anyNow, (userId, a, b, nowMs) => {
        const smaller = isDropped(userId, Math.min(a, b), WINDOW, T0, nowMs);
        expect(!smaller || isDropped(userId, Math.max(a, b), WINDOW, T0, nowMs)).toBe(true);
      }),
    );
  });

  it('drops nobody at 0 and everybody at 1', () => {
    expect(users.some((userId) => isDropped(userId, 0, WINDOW, T0, T0))).toBe(false);
    expect(users.every((userId) => isDropped(userId, 1, WINDOW, T0, T0))).toBe(true);
  });

  it.each([0.05, 0.3, 0.5, 0.9])('drops the share %d of people, in each window others', (share) => {
    const now = users.filter((userId) => isDropped(userId, share, WINDOW, T0, T0));
    expect(now.length / users.length).toBeCloseTo(share, 1.5);
    const again = now.filter((userId) => isDropped(userId, share, WINDOW, T0, T0 + WINDOW));
    expect(again.length / now.length).toBeCloseTo(share, 1);
  });

  it('lets half of all three-step journeys through at one half', () => {
    const drop = { shares: { pay: 0.5, grab: 0.5, qualify: 0.5, browse: 0.5 }, windowMs: WINDOW, anchorMs: T0 };
    const through = users.filter(
      (userId) =>
        !isShed(drop, 'browse', userId, T0) &&
        !isShed(drop, 'qualify', userId, T0 + 5_000) &&
        !isShed(drop, 'grab', userId, T0 + 9_000),
    );
    expect(through.length / users.length).toBeCloseTo(0.5, 1.5);
  });
});

describe('entrySlotMs', () => {
  const policy = { t0Ms: T0, entry: { fromMs: T0, releaseOverMs: 60_000, countdown: true, hiddenFromSignedOut: true } };

  it('lies within the release and is always the same', () => {
    fc.assert(
      fc.property(anyUser, (userId) => {
        const slotMs = entrySlotMs(userId, policy);
        expect(slotMs).toBeGreaterThanOrEqual(T0);
        expect(slotMs).toBeLessThan(T0 + 60_000);
        expect(entrySlotMs(userId, policy)).toBe(slotMs);
      }),
    );
  });

  it('spreads 200,000 people evenly: each second within 5% of its schedule', () => {
    const perSecond = new Array<number>(60).fill(0);
    for (let index = 0; index < 200_000; index++) {
      const second = Math.floor((entrySlotMs(`user-${index}`, policy) - T0) / 1_000);
      perSecond[second] = (perSecond[second] ?? 0) + 1;
    }
    const expected = 200_000 / 60;
    for (const count of perSecond) expect(Math.abs(count - expected)).toBeLessThanOrEqual(expected * 0.05);
  });

  it('lets everybody in at once when nothing is released gradually', () => {
    const entry = { fromMs: 0, releaseOverMs: 0, countdown: false, hiddenFromSignedOut: false };
    expect(entrySlotMs('u', { t0Ms: T0, entry })).toBe(0);
  });
});
