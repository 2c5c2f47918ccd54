import { LeasedCap, quotaOf, type TokenLender } from './leased-cap';
import { BucketCounts, randomOf } from './virtual-platform.fixture';

const PER_SECOND = 20_000;
const PER_BUCKET = PER_SECOND / 10;

/** One key for each bucket, and an answer some milliseconds after the question, in virtual time. */
class VirtualLender implements TokenLender {
  nowMs = 0;
  away = false;
  silent = false;
  questions = 0;
  private readonly used = new Map<number, number>();
  private readonly pending: { readonly atMs: number; readonly answer: () => void }[] = [];

  constructor(private readonly latencyMs: () => number) {}

  lease(_cap: string, bucket: number, quota: number, wanted: number): Promise<number> {
    this.questions += 1;
    if (this.away) return Promise.reject(new Error('away'));
    return new Promise((resolve) => {
      if (this.silent) return;
      const used = this.used.get(bucket) ?? 0;
      const given = Math.max(0, Math.min(wanted, quota - used));
      this.used.set(bucket, used + given);
      this.pending.push({ atMs: this.nowMs + this.latencyMs(), answer: () => resolve(given) });
    });
  }

  async advance(): Promise<void> {
    this.nowMs += 1;
    const due = this.pending.filter(({ atMs }) => atMs <= this.nowMs);
    for (const one of due) {
      this.pending.splice(this.pending.indexOf(one), 1);
      one.answer();
    }
    // Answers, and refusals, are heard in a later turn.
    for (let i = 0; i < 3; i += 1) await Promise.resolve();
  }
}

interface Asked {
  readonly cap: LeasedCap;
  readonly skewMs: number;
  demand: number;
  owed: number;
  taken: number;
}

function startAsking(lender: VirtualLender, demands: readonly number[], seed = 1) {
  const random = randomOf(seed);
  const counts = new BucketCounts();
  const trouble: unknown[] = [];
  const make = (demand: number): Asked => ({
    cap: new LeasedCap('sale/grab', lender, (err) => trouble.push(err)),
    skewMs: random() * 4 - 2,
    demand,
    owed: 0,
    taken: 0,
  });
  const instances = demands.map(make);
  const clock = { aheadMs: 10_000 };
  const run = async (forMs: number) => {
    const fromMs = lender.nowMs;
    for (let i = 0; i < forMs; i += 1) {
      for (const instance of instances) {
        instance.owed += instance.demand / 1_000;
        for (; instance.owed >= 1; instance.owed -= 1) {
          const localMs = lender.nowMs + clock.aheadMs + instance.skewMs + random();
          if (!instance.cap.take(PER_SECOND, 1 / instances.length, localMs)) continue;
          instance.taken += 1;
          counts.add(lender.nowMs);
        }
      }
      await lender.advance();
    }
    return counts.between(fromMs, lender.nowMs);
  };
  return { instances, make, run, trouble, clock };
}

describe('quotaOf', () => {
  it.each([1, 7, 25, 1_000, 1_234])('adds up to %i in any second', (perSecond) => {
    for (const first of [0, 3, 17_300_000_004]) {
      let sum = 0;
      for (let i = 0; i < 10; i += 1) sum += quotaOf(perSecond, first + i);
      expect(sum).toBe(perSecond);
    }
  });
});

describe('LeasedCap, several of them in virtual time', () => {
  const lender = () => new VirtualLender(() => 1);

  it('uses the cap up and never more, with one question for many requests', async () => {
    const shared = lender();
    const { run } = startAsking(shared, [PER_SECOND, PER_SECOND, PER_SECOND]);
    await run(500);
    const before = shared.questions;
    const buckets = await run(2_000);
    expect(Math.max(...buckets)).toBeLessThanOrEqual(PER_BUCKET * 1.02);
    expect(Math.min(...buckets)).toBeGreaterThanOrEqual(PER_BUCKET * 0.95);
    expect(shared.questions - before).toBeLessThan((PER_SECOND * 2) / 20);
  });

  it('lets the one have what the others do not use, and the others what they need', async () => {
    const { instances, run } = startAsking(lender(), [4 * PER_SECOND, 1_000, 1_000]);
    await run(500);
    for (const instance of instances) instance.taken = 0;
    const buckets = await run(2_000);
    expect(Math.max(...buckets)).toBeLessThanOrEqual(PER_BUCKET * 1.02);
    expect(Math.min(...buckets)).toBeGreaterThanOrEqual(PER_BUCKET * 0.95);
    expect(instances[1]?.taken).toBeGreaterThan(1_000 * 2 * 0.9);
  });

  it('keeps the cap while instances come and go', async () => {
    const random = randomOf(5);
    const { instances, make, run } = startAsking(lender(), [PER_SECOND, PER_SECOND, PER_SECOND]);
    await run(500);
    const buckets: number[] = [];
    for (let step = 0; step < 12; step += 1) {
      if (random() < 0.5 || instances.length < 3) instances.push(make(2 * PER_SECOND));
      else instances.splice(Math.floor(random() * instances.length), 1);
      buckets.push(...(await run(300)));
    }
    expect(Math.max(...buckets)).toBeLessThanOrEqual(PER_BUCKET * 1.02);
    const sum = buckets.reduce((total, count) => total + count, 0);
    expect(sum / buckets.length).toBeGreaterThanOrEqual(PER_BUCKET * 0.95);
  });

  it('takes nothing with it when it leaves', async () => {
    const { instances, run } = startAsking(lender(), [PER_SECOND, PER_SECOND, PER_SECOND]);
    await run(500);
    instances[0]?.cap.leave();
    const buckets = await run(100);
    const taken = instances[0]?.taken;
    instances.splice(0, 1);
    buckets.push(...(await run(1_000)));
    expect(Math.max(...buckets)).toBeLessThanOrEqual(PER_BUCKET * 1.02);
    expect(Math.min(...buckets)).toBeGreaterThanOrEqual(PER_BUCKET * 0.95);
    expect(taken).toBeGreaterThan(0);
  });

  it.each([-3_600_000, 3_600_000])('goes on when the time jumps by %i ms', async (jumpMs) => {
    const { run, clock } = startAsking(lender(), [PER_SECOND, PER_SECOND, PER_SECOND]);
    clock.aheadMs = 7_200_000;
    await run(500);
    clock.aheadMs += jumpMs;
    // The bucket in which the time jumps may be dealt twice.
    const [during = NaN, ...buckets] = await run(2_000);
    expect(during).toBeLessThanOrEqual(PER_BUCKET * 2.02);
    expect(Math.max(...buckets)).toBeLessThanOrEqual(PER_BUCKET * 1.02);
    expect(Math.min(...buckets)).toBeGreaterThanOrEqual(PER_BUCKET * 0.95);
  });

  it.each(['away', 'silent'] as const)(
    'goes on with an even share while the lender is %s, and not above it',
    async (how) => {
      const shared = lender();
      const { instances, run, trouble } = startAsking(shared, [PER_SECOND, PER_SECOND, PER_SECOND, 0]);
      await run(500);
      shared[how] = true;
      const buckets = await run(2_000);
      expect(Math.max(...buckets)).toBeLessThanOrEqual(PER_BUCKET * 1.02);
      const [first] = instances;
      expect(Math.min(...buckets.slice(2))).toBeGreaterThan(PER_BUCKET * 0.7);
      expect(trouble.length > 0).toBe(how === 'away');
      shared[how] = false;
      await run(300);
      expect(Math.min(...(await run(1_000)))).toBeGreaterThanOrEqual(PER_BUCKET * 0.95);
      expect(first?.taken).toBeGreaterThan(0);
    },
  );
});
