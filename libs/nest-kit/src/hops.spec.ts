import { z } from 'zod';
import { budgetShape } from './budgets';
import { withRequest } from './grpc-context';
import { Hops, withinBudget } from './hops';
import { Metrics } from './metrics';

const budgets = z.object(budgetShape).parse({});

function hopsAt(start: number) {
  const time = { now: start };
  const lines: object[] = [];
  const metrics = new Metrics();
  const log = { warn: (fields: object) => void lines.push(fields) };
  const hops = new Hops(budgets, log, metrics, () => time.now);
  return { hops, time, lines, metrics };
}

const slowestSeconds = async ({ registry }: Metrics) =>
  (await registry.getMetricsAsJSON()).find(({ name }) => name === 'floodgate_slowest_hop_seconds')?.values;

describe('Hops', () => {
  it('shows how long each hop took, by outcome', async () => {
    const { hops, metrics } = hopsAt(0);
    hops.of('activity.call').took(40, 'OK');
    hops.of('activity.call').took(1_500, 'TRY_LATER');
    const text = await metrics.registry.metrics();
    expect(text).toContain('floodgate_hop_seconds_count{hop="activity.call",outcome="OK"} 1');
    expect(text).toContain('floodgate_hop_seconds_sum{hop="activity.call",outcome="TRY_LATER"} 1.5');
  });

  it('shows the slowest hop of the last minute, and forgets it after one', async () => {
    const { hops, time, metrics } = hopsAt(1_000_000);
    hops.of('activity.call').took(40, 'OK');
    hops.of('order.call').took(900, 'OK');
    time.now += 30_000;
    hops.of('inventory.read').took(700, 'OK');
    expect(await slowestSeconds(metrics)).toEqual([{ value: 0.9, labels: { hop: 'order.call' } }]);
    time.now += 30_000;
    expect(hops.slowest()).toMatchObject({ name: 'inventory.read', ms: 700 });
    time.now += 30_000;
    expect(hops.slowest()).toBeUndefined();
    expect(await slowestSeconds(metrics)).toEqual([]);
  });

  it('counts a hop that has a histogram of its own among the slow ones', async () => {
    const { hops, metrics } = hopsAt(0);
    hops.of('gateway.grab').saw(800);
    expect(await slowestSeconds(metrics)).toEqual([{ value: 0.8, labels: { hop: 'gateway.grab' } }]);
    expect(await metrics.registry.metrics()).not.toContain('hop_seconds_count{hop="gateway.grab"');
  });

  it('says which hop took more than half its budget, and of no other', () => {
    const { hops, lines } = hopsAt(0);
    hops.of('activity.call').took(750, 'OK');
    hops.of('order.call').took(1_501, 'OK');
    hops.sayWhatIsSlow();
    expect(lines).toEqual([{ hop: 'order.call', longestMs: 1_501, budgetMs: 3_000 }]);
  });
});

describe('withinBudget', () => {
  const never = () => new Promise<string>(() => undefined);
  const { hops, metrics } = hopsAt(0);
  const hop = hops.of('order.channel');
  const countOf = async (outcome: string) =>
    (await metrics.registry.metrics()).includes(`_count{hop="order.channel",outcome="${outcome}"} 1`);

  it('is what the work comes to, when that is in time', async () => {
    expect(await withinBudget(hop, () => Promise.resolve('success'), 'unknown')).toBe('success');
    expect(await countOf('OK')).toBe(true);
  });

  it('is what is said for late when the request has no more time for it', async () => {
    const hurried = { requestId: 'r', deadlineAt: performance.now() + 500 };
    expect(await withRequest(hurried, () => withinBudget(hop, never, 'unknown'))).toBe('unknown');
    expect(await countOf('TRY_LATER')).toBe(true);
  });

  it('does not begin what nobody waits for', async () => {
    let begun = false;
    const work = () => {
      begun = true;
      return Promise.resolve('success');
    };
    const late = { requestId: 'r', deadlineAt: performance.now() - 1 };
    expect(await withRequest(late, () => withinBudget(hop, work, 'unknown'))).toBe('unknown');
    expect(begun).toBe(false);
    expect(await countOf('NOT_CALLED')).toBe(true);
  });
});
