import fc from 'fast-check';
import { type KeptTime, type LocalClock, SyncedClock } from './synced-clock';

const HOUR_MS = 3_600_000;
const EPOCH_MS = 1_800_000_000_000;

/** A machine whose clocks stand still until they are moved. */
class Machine implements LocalClock {
  uptime = 1_000_000;
  wall: number;

  constructor(
    aheadMs = 0,
    public bootId = 'first',
  ) {
    this.wall = EPOCH_MS + aheadMs;
  }
  wallMs = () => this.wall;
  uptimeMs = () => this.uptime;
  pass(ms: number): void {
    this.uptime += ms;
    this.wall += ms;
  }
}

describe('SyncedClock', () => {
  it('is the wall clock, and says so, until it has learnt the time', () => {
    const clock = new SyncedClock(new Machine(HOUR_MS));
    expect(clock.nowMs()).toBe(EPOCH_MS + HOUR_MS);
    expect(clock.source).toBe('local');
    expect(clock.learntAgoMs).toBe(Infinity);
  });

  it('takes the middle of a round trip as the moment of the answer, whatever the wall clock says', () => {
    const machine = new Machine(-HOUR_MS);
    const clock = new SyncedClock(machine);
    clock.learn(EPOCH_MS, machine.uptime - 20, machine.uptime);
    expect(clock.nowMs()).toBe(EPOCH_MS + 10);
    expect(clock.wallAheadMs).toBe(-HOUR_MS - 10);
    machine.pass(5_000);
    machine.wall += HOUR_MS;
    expect(clock.nowMs()).toBe(EPOCH_MS + 5_010);
    expect(clock).toMatchObject({ source: 'database', learntAgoMs: 5_000 });
  });

  it('believes a quick answer over a slow one that comes soon after, but not for ever', () => {
    const machine = new Machine();
    const clock = new SyncedClock(machine);
    const answer = (errorMs: number, roundTripMs: number) => {
      const sentAtMs = machine.uptime;
      machine.pass(roundTripMs);
      clock.learn(machine.wall - roundTripMs / 2 + errorMs, sentAtMs, machine.uptime);
      return Math.round(clock.nowMs() - machine.wall);
    };
    expect(answer(0, 2)).toBe(0);
    expect(answer(490, 1_000)).toBe(0);
    expect(answer(-9_000, 3)).toBe(-9_000);
    expect(answer(-8_510, 1_000)).toBe(-9_000);
    machine.pass(6 * 60_000);
    expect(answer(-8_510, 1_000)).toBe(-8_510);
  });

  it('believes a slow answer as well when not even its slowness explains the difference: this machine stood still', () => {
    const machine = new Machine();
    const clock = new SyncedClock(machine);
    clock.learn(machine.wall, machine.uptime - 2, machine.uptime);
    // Suspended: its monotonic clock knows nothing of the hour.
    machine.wall += HOUR_MS;
    clock.learn(machine.wall, machine.uptime - 50, machine.uptime);
    expect(clock.nowMs() - machine.wall).toBe(25);
  });

  describe('started again', () => {
    /** What is kept by a process that learnt the time from the database. */
    const keptBy = (machine: Machine): KeptTime => {
      const clock = new SyncedClock(machine);
      const kept: KeptTime[] = [];
      clock.onLearnt((one) => kept.push(one));
      clock.learn(EPOCH_MS, machine.uptime, machine.uptime);
      expect(kept).toHaveLength(1);
      return kept[0] as KeptTime;
    };

    it.each([0, 1_000, -1_000, HOUR_MS, -HOUR_MS])('a wall clock %i ms ahead moves nothing', (aheadMs) => {
      const machine = new Machine(aheadMs);
      const kept = keptBy(machine);
      machine.pass(90_000);
      const clock = new SyncedClock(machine);
      clock.recall(kept);
      expect(clock.nowMs()).toBe(EPOCH_MS + 90_000);
      expect(clock.source).toBe('kept');
    });

    it('a wall clock set right meanwhile moves nothing while the machine is up', () => {
      const machine = new Machine(HOUR_MS);
      const kept = keptBy(machine);
      machine.pass(90_000);
      machine.wall -= HOUR_MS;
      const clock = new SyncedClock(machine);
      clock.recall(kept);
      expect(clock.nowMs()).toBe(EPOCH_MS + 90_000);
    });

    it.each([
      ['another start', 'second', 2_000_000],
      ['a start that nothing tells', '', 2_000_000],
      ['an uptime that went back', 'first', 5],
    ])('after %s of the machine the wall clock says how long it was away', (_, bootId, uptime) => {
      const machine = new Machine(HOUR_MS, bootId === '' ? '' : 'first');
      const kept = keptBy(machine);
      machine.pass(90_000);
      machine.uptime = uptime;
      machine.bootId = bootId;
      const clock = new SyncedClock(machine);
      clock.recall(kept);
      expect(clock.nowMs()).toBe(EPOCH_MS + 90_000);
    });
  });

  it('goes by the best that it has heard of, in whatever order it heard', () => {
    const heard = fc.shuffledSubarray(['database', 'kept', 'redis'] as const);
    fc.assert(
      fc.property(heard, (order) => {
        const machine = new Machine(HOUR_MS);
        const clock = new SyncedClock(machine);
        for (const source of order) {
          if (source === 'database') clock.learn(EPOCH_MS + 1, machine.uptime, machine.uptime);
          if (source === 'redis') clock.learnFromRedis(EPOCH_MS + 3, machine.uptime);
          if (source === 'kept')
            clock.recall({ ...machine, databaseMs: EPOCH_MS + 2, wallMs: 0, uptimeMs: machine.uptime });
        }
        const best = (['database', 'kept', 'redis'] as const).find((source) => order.includes(source));
        const error = { database: 1, kept: 2, redis: 3 };
        expect(clock.source).toBe(best ?? 'local');
        expect(clock.nowMs()).toBe(EPOCH_MS + (best === undefined ? HOUR_MS : error[best]));
      }),
    );
  });
});
