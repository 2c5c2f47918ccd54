import { randomOf, ROUND_MS, TTL_MS, VirtualPlatform } from './virtual-platform.fixture';

const PER_SECOND = 10_000;
const PER_BUCKET = PER_SECOND / 10;
const HIGHEST = PER_BUCKET * 1.02;
const LOWEST = PER_BUCKET * 0.95;
/** At most as long as somebody who appears waits for a share. */
const SEATED_AFTER_MS = 2 * ROUND_MS;

/** Asked of each instance: more than its share of three or more. */
const ASKED = PER_SECOND * 0.6;

/** A platform of `count` instances that has come to rest, each asked for more than its share, or for so much. */
function platformOf(count: number, seed = 1, asked = ASKED) {
  const platform = new VirtualPlatform({ perSecond: PER_SECOND, random: randomOf(seed) });
  for (let i = 0; i < count; i += 1) platform.join(`i${i}`, asked);
  platform.run(3 * ROUND_MS);
  return platform;
}

/** What got through in each bucket of the time that `act` and `forMs` take. */
function bucketsOf(platform: VirtualPlatform, forMs: number, act: () => void = () => undefined): number[] {
  const fromMs = platform.nowMs;
  act();
  platform.run(forMs);
  return platform.counts.between(fromMs, platform.nowMs);
}

describe('ShareSeat, many of them in virtual time', () => {
  it('keeps a cap together, in each 100 ms', () => {
    const buckets = bucketsOf(platformOf(5), 3_000);
    expect(Math.max(...buckets)).toBeLessThanOrEqual(HIGHEST);
    expect(Math.min(...buckets)).toBeGreaterThanOrEqual(LOWEST);
  });

  it('makes room for one that appears, to the bucket', () => {
    const platform = platformOf(3);
    const buckets = bucketsOf(platform, 3_000, () => platform.join('late', ASKED));
    expect(Math.max(...buckets)).toBeLessThanOrEqual(HIGHEST);
    expect(Math.min(...buckets)).toBeGreaterThanOrEqual(LOWEST);
    const before = platform.instances.get('late')?.taken ?? 0;
    platform.run(1_000);
    expect((platform.instances.get('late')?.taken ?? 0) - before).toBeGreaterThan((PER_SECOND / 4) * 0.9);
  });

  it.each([0, 300])('hands the share of one that leaves %i ms into a round on, to the bucket', (intoRoundMs) => {
    const platform = platformOf(4);
    platform.run(intoRoundMs);
    const fromMs = platform.nowMs;
    platform.leave('i0');
    platform.run(SEATED_AFTER_MS);
    const taken = platform.instances.get('i0')?.taken;
    platform.run(200);
    expect(platform.instances.get('i0')?.taken).toBe(taken);
    platform.crash('i0');
    platform.run(1_800);
    const buckets = platform.counts.between(fromMs, platform.nowMs);
    expect(Math.max(...buckets)).toBeLessThanOrEqual(HIGHEST);
    expect(Math.min(...buckets)).toBeGreaterThanOrEqual(LOWEST);
  });

  it('leaves the share of one that is not heard of alone for two TTLs, for it may be using it', () => {
    const platform = platformOf(4);
    const silent = platform.instances.get('i0');
    const buckets = bucketsOf(platform, 2 * TTL_MS, () => silent && (silent.reachesBoard = false));
    expect(Math.max(...buckets)).toBeLessThanOrEqual(HIGHEST);
    expect(Math.min(...buckets)).toBeGreaterThanOrEqual(LOWEST);
  });

  it('takes the share of a dead one after two TTLs', () => {
    const platform = platformOf(4);
    const meanwhile = bucketsOf(platform, 2 * TTL_MS, () => platform.crash('i0'));
    expect(Math.max(...meanwhile)).toBeLessThanOrEqual(PER_BUCKET * 0.78);
    platform.run(3 * ROUND_MS);
    const after = bucketsOf(platform, 1_000);
    expect(Math.max(...after)).toBeLessThanOrEqual(HIGHEST);
    expect(Math.min(...after)).toBeGreaterThanOrEqual(LOWEST);
  });

  it('hands on what an instance does not use', () => {
    const platform = platformOf(4);
    for (const [id, instance] of platform.instances) instance.demand = id === 'i0' ? 2 * PER_SECOND : PER_SECOND / 20;
    platform.run(4 * ROUND_MS);
    const buckets = bucketsOf(platform, 2_000);
    expect(Math.max(...buckets)).toBeLessThanOrEqual(HIGHEST);
    expect(Math.min(...buckets)).toBeGreaterThanOrEqual(LOWEST);
  });

  it('falls back to an even share of the last known when the board is away, for all', () => {
    const platform = platformOf(4);
    for (const [id, instance] of platform.instances) instance.demand = id === 'i0' ? 2 * PER_SECOND : 100;
    platform.run(4 * ROUND_MS);
    for (const instance of platform.instances.values()) {
      instance.reachesBoard = false;
      instance.demand = ASKED;
    }
    const buckets = bucketsOf(platform, 6_000);
    expect(Math.max(...buckets)).toBeLessThanOrEqual(HIGHEST);
    expect(Math.min(...buckets.slice(-20))).toBeGreaterThanOrEqual(LOWEST);
  });

  it('takes no more than its part of the configured count when it starts without a board', () => {
    const platform = new VirtualPlatform({ perSecond: PER_SECOND, random: randomOf(3), instanceCount: 4 });
    for (let i = 0; i < 4; i += 1) platform.join(`i${i}`, ASKED, false);
    platform.run(500);
    const buckets = bucketsOf(platform, 2_000);
    expect(Math.max(...buckets)).toBeLessThanOrEqual(HIGHEST);
    expect(Math.min(...buckets)).toBeGreaterThanOrEqual(LOWEST);
  });

  describe.each([
    ['an hour back', -3_600_000],
    ['so little back that the same rounds come again', -5_000],
    ['a moment back', -300],
    ['an hour on', 3_600_000],
  ])("when the board's clock jumps %s", (_, jumpMs) => {
    const jumped = (platform = platformOf(5)) => {
      platform.board.aheadMs += jumpMs;
      return platform;
    };
    const expectFull = (buckets: number[]) => {
      expect(Math.max(...buckets)).toBeLessThanOrEqual(HIGHEST);
      expect(Math.min(...buckets)).toBeGreaterThanOrEqual(LOWEST);
    };

    it('goes on', () => {
      // Many need each other's shares most.
      for (const platform of [jumped(), jumped(platformOf(20, 2, PER_SECOND / 10))]) {
        const buckets = bucketsOf(platform, 2_000);
        // Those who see the jump first share it out among themselves, while the others still use what they had.
        expect(Math.max(...buckets)).toBeLessThanOrEqual(1.5 * PER_BUCKET);
        expect(Math.max(...buckets.slice(3))).toBeLessThanOrEqual(HIGHEST);
        // What is only a moment back may be the same clock learnt anew, and is waited for.
        expect(Math.min(...buckets.slice(6))).toBeGreaterThanOrEqual(0.85 * PER_BUCKET);
        expectFull(bucketsOf(platform, 4_000));
      }
    });

    it('takes the share of one that died just then after two TTLs, and knows so without the board', () => {
      const platform = jumped();
      platform.crash('i4');
      platform.run(2 * TTL_MS + 4 * ROUND_MS);
      expectFull(bucketsOf(platform, 1_000));
      for (const instance of platform.instances.values()) instance.reachesBoard = false;
      platform.run(2 * TTL_MS);
      expectFull(bucketsOf(platform, 1_000));
    });

    it('hands on what an instance no longer uses', () => {
      const platform = jumped();
      platform.run(4 * ROUND_MS);
      for (const [id, instance] of platform.instances) instance.demand = id === 'i0' ? 2 * PER_SECOND : 10;
      platform.run(4 * ROUND_MS);
      expectFull(bucketsOf(platform, 1_000));
    });
  });

  it.each([11, 12, 13, 14, 15, 16])('keeps the cap however instances come and go: seed %i', (seed) => {
    const platform = platformOf(3, seed);
    const random = randomOf(seed + 1_000);
    const fromMs = platform.nowMs;
    // After a crash the cap may be used less, until two TTLs and the rounds under way have passed.
    const less: { fromMs: number; untilMs: number }[] = [];
    const leaving = new Set<string>();
    for (let step = 0; step < 12; step += 1) {
      const staying = [...platform.instances.keys()].filter((id) => !leaving.has(id));
      const what = random();
      const id = staying[Math.floor(random() * staying.length)] ?? '';
      if (staying.length < 4 || (what < 0.4 && staying.length < 7)) platform.join(`n${step}`, ASKED);
      else if (what < 0.8) {
        platform.leave(id);
        leaving.add(id);
      } else {
        platform.crash(id);
        less.push({ fromMs: platform.nowMs, untilMs: platform.nowMs + 2 * TTL_MS + 3 * ROUND_MS });
      }
      platform.run(Math.ceil(random() * 10) * 100, () => {
        for (const gone of leaving) {
          if (platform.instances.get(gone)?.seat.isSeated(platform.nowMs) === false) platform.crash(gone);
        }
      });
    }
    const buckets = platform.counts.between(fromMs, platform.nowMs);
    expect(Math.max(...buckets)).toBeLessThanOrEqual(HIGHEST);
    const full = buckets.filter((_, i) => {
      const atMs = fromMs + i * 100;
      return !less.some((one) => one.fromMs - 100 < atMs && atMs < one.untilMs);
    });
    expect(Math.min(...full)).toBeGreaterThanOrEqual(LOWEST);
  });
});
