import fc from 'fast-check';
import { formatCursor, lowestLevel, SHED_LEVELS, USER_LEVELS } from '@floodgate/domain/degradation-plan';
import { CAMPAIGNS_MAX, CampaignLoads, largestShare } from './campaign-loads';
import { CursorThrottle } from './cursor-throttle';
import { type Load, offer, seededRandom, SimulatedServer } from './simulated-server';

const COSTS = { serveMs: 2, refuseMs: 0.02 };
const PEAK = 500;
const browse = (random: number) => Math.floor(random * USER_LEVELS);

const of = (campaignId: string, times: number, more: Partial<Load> = {}): Load => ({
  campaignId,
  perSecond: times * PEAK,
  levelOf: browse,
  ...more,
});

const percentile = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN;

interface Seen {
  /** Of what came. */
  readonly success: number;
  readonly perSecond: number;
  readonly p99Ms: number;
}

/** What ten seconds of these loads look like to each campaign, once the server knows them. */
function tenSeconds(loads: readonly Load[], seed: number, server = new SimulatedServer(COSTS)): Map<string, Seen> {
  const random = seededRandom(seed);
  offer(server, loads, server.now + 3_000, random);
  const names = loads.map(({ campaignId = '' }) => campaignId);
  const came = new Map<string, number>();
  const counted = loads.map((load) => ({
    ...load,
    levelOf: (share: number) => {
      const { campaignId = '' } = load;
      came.set(campaignId, (came.get(campaignId) ?? 0) + 1);
      return load.levelOf(share);
    },
  }));
  for (const name of names) server.waitsOf(name).length = 0;
  offer(server, counted, server.now + 10_000, random);
  return new Map(
    names.map((name) => {
      const waitsMs = server.waitsOf(name);
      const success = waitsMs.length / (came.get(name) ?? NaN);
      return [name, { success, perSecond: waitsMs.length / 10, p99Ms: percentile(waitsMs, 0.99) + COSTS.serveMs }];
    }),
  );
}

describe('campaigns that share a server', () => {
  it('do not hear of the crowd at another: one at 0.5 times what it can serve, another at 10 times', () => {
    const alone = tenSeconds([of('b', 0.5)], 1).get('b');
    const both = tenSeconds([of('a', 10), of('b', 0.5)], 1);
    expect(both.get('b')?.success).toBeGreaterThan(0.95 * (alone?.success ?? NaN));
    // The one that is being served is finished first, and what came meanwhile is refused.
    expect(both.get('b')?.p99Ms).toBeLessThan((alone?.p99Ms ?? NaN) + 2 * COSTS.serveMs);
    expect(both.get('a')?.perSecond).toBeGreaterThan(0.3 * PEAK);
  });

  it('share alike where both want more than there is, but for what it costs to refuse each its crowd, and leave nothing over', () => {
    const seen = tenSeconds([of('a', 10), of('b', 3), of('c', 0.2)], 2);
    const [a = NaN, b = NaN] = ['a', 'b'].map((name) => seen.get(name)?.perSecond);
    expect(a / b).toBeGreaterThan(0.5);
    expect(a / b).toBeLessThan(1);
    expect(seen.get('c')?.success).toBeGreaterThan(0.99);
    expect(a + b + (seen.get('c')?.perSecond ?? NaN)).toBeGreaterThan(0.8 * PEAK);
  });

  it('come behind a higher priority, whoever it is for', () => {
    const grabs = (random: number) => lowestLevel('grab') + browse(random);
    const seen = tenSeconds([of('a', 0.6, { levelOf: grabs }), of('b', 5), of('c', 0.05)], 3);
    expect(seen.get('a')?.success).toBeGreaterThan(0.99);
    // Some wait too long behind the grabs.
    expect(seen.get('c')?.success).toBeGreaterThan(0.85);
    expect(seen.get('b')?.success).toBeLessThan(0.1);
  });

  it('share again as soon as another comes', () => {
    const server = new SimulatedServer(COSTS);
    const random = seededRandom(4);
    offer(server, [of('a', 10)], 5_000, random);
    offer(server, [of('a', 10), of('b', 0.4)], 5_500, random);
    const before = server.waitsOf('b').length;
    offer(server, [of('a', 10), of('b', 0.4)], 10_500, random);
    expect(server.waitsOf('b').length - before).toBeGreaterThan(0.97 * 5 * 0.4 * PEAK);
  });

  it('are more than can be told apart, and still all is served that can be', () => {
    const loads = Array.from({ length: 3 * CAMPAIGNS_MAX }, (_, no) => of(`campaign-${no}`, 0.1));
    const seen = [...tenSeconds(loads, 5).values()];
    expect(seen.reduce((sum, { perSecond }) => sum + perSecond, 0)).toBeGreaterThan(0.8 * PEAK);
  });

  it('are told each its own cursor, so that only the callers of the busy one hold back', () => {
    const server = new SimulatedServer(COSTS);
    const throttle = new CursorThrottle({ now: () => server.now });
    const sent = { a: 0, b: 0 };
    const heldBack = (campaignId: 'a' | 'b') => ({
      isHeldBack: (level: number) => {
        if (throttle.refuses(level, campaignId)) return true;
        sent[campaignId] += 1;
        throttle.heard(formatCursor(server.queue.cursor.levelOf(campaignId)), campaignId);
        return false;
      },
    });
    const loads = [of('a', 10, heldBack('a')), of('b', 0.4, heldBack('b'))];
    const random = seededRandom(6);
    offer(server, loads, 3_000, random);
    const before = { a: sent.a, b: sent.b, servedB: server.waitsOf('b').length, served: server.servedInAll };
    offer(server, loads, 13_000, random);
    expect((sent.b - before.b) / 10).toBeGreaterThan(0.98 * 0.4 * PEAK);
    expect(server.waitsOf('b').length - before.servedB).toBeGreaterThan(0.98 * (sent.b - before.b));
    expect((sent.a - before.a) / 10).toBeLessThan(1.5 * 0.6 * PEAK);
    expect((server.servedInAll - before.served) / 10).toBeGreaterThan(0.85 * PEAK);
  });
});

describe('the shares of campaigns', () => {
  const counts = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: CAMPAIGNS_MAX });

  it('are max-min fair: all of the room is used, and whoever gets less than another gets all that it asked for', () => {
    fc.assert(
      fc.property(counts, fc.double({ min: 0, max: 1, noNaN: true }), (asked, part) => {
        const total = asked.reduce((sum, one) => sum + one, 0);
        const share = largestShare(asked, total * part);
        const given = asked.map((one) => Math.min(one, share));
        const sum = given.reduce((all, one) => all + one, 0);
        expect(Math.abs(sum - total * part)).toBeLessThanOrEqual(1e-9 * (1 + total));
      }),
    );
  });

  it('of one campaign alone are the cursor', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: SHED_LEVELS - 1 }), { minLength: 1, maxLength: 300 }),
        fc.nat({ max: SHED_LEVELS - 1 }),
        (levels, cursor) => {
          const loads = new CampaignLoads();
          for (const level of levels) loads.of('only').arrived(level);
          loads.reckon(1);
          loads.share(cursor, 0.02);
          const taken = (from: number) => levels.filter((level) => level >= from).length;
          expect(taken(loads.levelOf('only'))).toBe(taken(cursor));
        },
      ),
    );
  });

  it('leave a campaign that nobody knows yet the whole priority', () => {
    const loads = new CampaignLoads();
    const lowest = lowestLevel('qualify');
    for (let level = 0; level < SHED_LEVELS; level++) loads.of('a').arrived(level);
    loads.reckon(1);
    loads.share(lowest + 100, 0);
    expect(loads.levelOf('a')).toBe(lowest + 100);
    expect(loads.levelOf('b')).toBe(lowest);
    expect(loads.of('b').level).toBe(lowest);
  });

  it('are of so many at most, and a place is free again when nothing has come for long', () => {
    const loads = new CampaignLoads();
    for (let no = 0; no < CAMPAIGNS_MAX; no++) loads.of(String(no)).arrived(0);
    const late = loads.of('late');
    expect(loads.of('later')).toBe(late);
    late.arrived(0);
    loads.of('0').arrived(0);
    loads.fade(0.009);
    expect(loads.of('late')).not.toBe(late);
    expect(loads.of('0').came[0]).toBeCloseTo(0.018);
  });
});
