import fc from 'fast-check';
import { formatCursor, lowestLevel, SHED_LEVELS, USER_LEVELS } from '@floodgate/domain/degradation-plan';
import { CursorThrottle } from './cursor-throttle';
import { AdmissionQueue } from './queue';
import { offer, seededRandom, SimulatedServer } from './simulated-server';

// 500 a second at most.
const COSTS = { serveMs: 2, refuseMs: 0.02 };
const PEAK = 500;
const browse = (random: number) => Math.floor(random * USER_LEVELS);
const anything = (random: number) => Math.floor(random * SHED_LEVELS);

describe('the cursor', () => {
  it('takes everybody while the server keeps up', () => {
    const server = new SimulatedServer(COSTS);
    offer(server, [{ perSecond: 0.8 * PEAK, levelOf: anything }], 20_000, seededRandom(1));
    expect(server.refused + server.dropped).toBe(0);
    expect(server.queue.cursor.level).toBe(0);
  });

  it('refuses no level while it takes a lower one, whatever happens', () => {
    const loads = fc.array(fc.record({ times: fc.double({ min: 0.1, max: 12, noNaN: true }), seed: fc.nat() }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(loads, (steps) => {
        const server = new SimulatedServer(COSTS);
        for (const { times, seed } of steps) {
          offer(server, [{ perSecond: times * PEAK, levelOf: anything }], server.now + 700, seededRandom(seed));
          const { cursor } = server.queue;
          expect(cursor.level).toBeGreaterThanOrEqual(0);
          expect(cursor.takes(SHED_LEVELS - 1)).toBe(true);
          for (let level = 1; level < SHED_LEVELS; level++) {
            if (cursor.takes(level - 1)) expect(cursor.takes(level)).toBe(true);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  it.each([2, 5, 10])('at %i times what it can serve, serves as much as it can, without swinging', (times) => {
    const server = new SimulatedServer(COSTS);
    const random = seededRandom(times);
    const load = { perSecond: times * PEAK, levelOf: browse };
    offer(server, [load], 3_000, random);
    const levels: number[] = [];
    const before = server.servedInAll;
    server.waitsMs.length = 0;
    const droppedBefore = server.dropped;
    for (let untilMs = 3_100; untilMs <= 13_000; untilMs += 100) {
      offer(server, [load], untilMs, random);
      levels.push(server.queue.cursor.level);
    }
    const goodput = (server.servedInAll - before) / 10;
    // What refusing costs is not there to serve with.
    const lawful = (PEAK * (1 - times * 0.01)) / (1 - 0.01);
    expect(goodput).toBeGreaterThan(0.93 * lawful);
    expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(USER_LEVELS / 4);
    // A little more is let in than can be served.
    expect(server.dropped - droppedBefore).toBeLessThan(0.4 * goodput * 10);
    const sorted = server.waitsMs.sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length * 0.99)] ?? Infinity).toBeLessThan(25);
  });

  it('serves nearly all that the law allows when a refusal costs a twenty-fifth of serving one', () => {
    const costs = { serveMs: 2.4, refuseMs: 0.1 };
    const server = new SimulatedServer(costs, { lengthMax: 1_000, waitMsMax: 250 });
    const random = seededRandom(11);
    const perSecond = (10 * 1_000) / (costs.serveMs + costs.refuseMs);
    offer(server, [{ perSecond, levelOf: browse }], 3_000, random);
    const before = server.servedInAll;
    offer(server, [{ perSecond, levelOf: browse }], 13_000, random);
    const lawful = (1_000 - perSecond * costs.refuseMs) / costs.serveMs;
    expect((server.servedInAll - before) / 10).toBeGreaterThan(0.93 * lawful);
  });

  it('does not swing on a machine that is busy with something else most of the time', () => {
    const server = new SimulatedServer({ ...COSTS, runsMs: 10, pauseMs: 60 }, { lengthMax: 1_000, waitMsMax: 250 });
    const random = seededRandom(8);
    const load = { perSecond: (10 * PEAK) / 7, levelOf: browse };
    offer(server, [load], 3_000, random);
    const before = server.servedInAll;
    let lowest = USER_LEVELS;
    for (let untilMs = 3_100; untilMs <= 13_000; untilMs += 100) {
      offer(server, [load], untilMs, random);
      lowest = Math.min(lowest, server.queue.cursor.level);
    }
    expect(lowest).toBeGreaterThan(USER_LEVELS / 2);
    expect((server.servedInAll - before) / 10).toBeGreaterThan((0.75 * PEAK) / 7);
  });

  it('sheds browsing before anybody pays the price', () => {
    const server = new SimulatedServer(COSTS);
    const random = seededRandom(3);
    const pay = lowestLevel('pay');
    const grabs = lowestLevel('grab');
    let offered = 0;
    const counted = (lowest: number) => (share: number) => {
      offered += 1;
      return lowest + browse(share);
    };
    const loads = [
      { perSecond: 12 * PEAK, levelOf: browse },
      { perSecond: 0.2 * PEAK, levelOf: counted(pay) },
      { perSecond: 0.2 * PEAK, levelOf: counted(grabs) },
    ];
    offer(server, loads, 20_000, random);
    let served = 0;
    for (const [level, count] of server.served) if (level >= grabs) served += count;
    expect(served / offered).toBeGreaterThan(0.994);
  });

  it.each([5, 10])('at %i times its load, goes on after a standstill of the process as before', (times) => {
    const pay = lowestLevel('pay');
    for (let seed = 1; seed <= 6; seed++) {
      const server = new SimulatedServer(COSTS, { lengthMax: 1_000, waitMsMax: 250 });
      const random = seededRandom(seed);
      const loads = [
        { perSecond: (times - 0.2) * PEAK, levelOf: browse },
        { perSecond: 0.2 * PEAK, levelOf: (share: number) => pay + browse(share) },
      ];
      offer(server, loads, 5_000, random);
      server.now += 10_000;
      const [before, continuedAt] = [server.servedInAll, server.now];
      let highest = 0;
      for (let untilMs = continuedAt + 50; untilMs <= continuedAt + 3_000; untilMs += 50) {
        offer(server, loads, untilMs, random);
        highest = Math.max(highest, server.queue.cursor.level);
      }
      expect(highest).toBeLessThan(pay);
      expect((server.servedInAll - before) / 3).toBeGreaterThan(0.75 * PEAK);
    }
  });

  it('learns even of a handler that blocks the loop for so long that it looks like a standstill', () => {
    const server = new SimulatedServer({ serveMs: 1_200, refuseMs: 0.1 }, { lengthMax: 1_000, waitMsMax: 250 });
    offer(server, [{ perSecond: 50, levelOf: browse }], 30_000, seededRandom(10));
    expect(server.queue.cursor.level).toBeGreaterThan(0.75 * USER_LEVELS);
  });

  it('opens again within two seconds of a burst', () => {
    const server = new SimulatedServer(COSTS);
    const random = seededRandom(4);
    offer(server, [{ perSecond: 10 * PEAK, levelOf: anything }], 5_000, random);
    expect(server.queue.cursor.level).toBeGreaterThan(0);
    const load = { perSecond: 0.8 * PEAK, levelOf: anything };
    offer(server, [load], 7_000, random);
    const { refused, dropped } = server;
    offer(server, [load], 12_000, random);
    expect(server.refused + server.dropped - refused - dropped).toBeLessThan(0.01 * 5 * 0.8 * PEAK);
    expect(server.queue.cursor.level).toBe(0);
  });

  it('converges with clients that hold back what is below it', () => {
    const server = new SimulatedServer(COSTS);
    const random = seededRandom(5);
    // A thousand clients hear it now and then; here one for all of them, which hears it each time.
    const throttle = new CursorThrottle({ now: () => server.now });
    let sent = 0;
    const load = {
      perSecond: 10 * PEAK,
      levelOf: anything,
      isHeldBack: (level: number) => {
        if (throttle.refuses(level)) return true;
        sent += 1;
        throttle.heard(formatCursor(server.queue.cursor.level));
        return false;
      },
    };
    offer(server, [load], 3_000, random);
    const before = { served: server.servedInAll, sent };
    const levels: number[] = [];
    for (let untilMs = 3_100; untilMs <= 13_000; untilMs += 100) {
      offer(server, [load], untilMs, random);
      levels.push(server.queue.cursor.level);
    }
    const goodput = (server.servedInAll - before.served) / 10;
    expect(goodput).toBeGreaterThan(0.95 * PEAK);
    // Nearly all that would be refused never comes.
    expect((sent - before.sent) / 10).toBeLessThan(1.25 * PEAK);
    expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(SHED_LEVELS / 6);
  });

  it.each([
    ['of all priorities', anything, 0.9 * SHED_LEVELS],
    ['of one', browse, 0.9 * USER_LEVELS],
  ])('closes when nothing is served any more, and opens when it is again: a load %s', (_, levelOf, closedFrom) => {
    let now = 0;
    const soon: (() => void)[] = [];
    const queue = new AdmissionQueue({
      lengthMax: 50,
      waitMsMax: 100,
      inFlightMax: 10,
      now: () => now,
      soon: (work) => soon.push(work),
      // Others do the work: the event loop has next to none.
      activeMs: () => now / 100,
      later: () => undefined,
    });
    const random = seededRandom(7);
    const run = (untilMs: number, isHanging: boolean) => {
      for (; now < untilMs; now += 1) {
        const level = levelOf(random());
        const done = () => (isHanging ? undefined : queue.finished());
        if (queue.takes(level)) queue.add({ run: done, drop: () => undefined }, level);
        for (const work of soon.splice(0)) work();
      }
    };
    run(1_000, false);
    expect(queue.cursor.level).toBe(0);
    run(3_000, true);
    expect(queue.cursor.level).toBeGreaterThan(closedFrom);
    for (let hung = queue.inFlight; hung > 0; hung--) queue.finished();
    run(6_000, false);
    expect(queue.cursor.level).toBe(0);
  });

  it('opens again when nobody has been let in for a while', () => {
    const costs = { serveMs: 300, refuseMs: 0.1 };
    const server = new SimulatedServer(costs, { lengthMax: 1_000, waitMsMax: 250 });
    const random = seededRandom(9);
    const load = { perSecond: 5 * PEAK, levelOf: browse };
    offer(server, [load], 4_000, random);
    expect(server.queue.cursor.level).toBeGreaterThanOrEqual(USER_LEVELS - 1);
    costs.serveMs = COSTS.serveMs;
    offer(server, [load], 6_000, random);
    const before = server.servedInAll;
    offer(server, [load], 8_000, random);
    expect((server.servedInAll - before) / 2).toBeGreaterThan(0.7 * PEAK);
  });

  it('forgets a load that has gone', () => {
    const server = new SimulatedServer(COSTS);
    const random = seededRandom(6);
    offer(server, [{ perSecond: 10 * PEAK, levelOf: anything }], 3_000, random);
    expect(server.queue.cursor.level).toBeGreaterThan(0);
    while (!server.idle) server.turn();
    server.idleUntil(server.now + 10_000);
    expect(server.queue.takes(0)).toBe(true);
  });
});
