import { lowestLevel } from '@floodgate/domain/degradation-plan';
import { AdmissionQueue, type QueueOptions } from './queue';

describe('the queue between admission and work', () => {
  let now: number;
  let putOff: (() => void)[];
  let sweeps: (() => void)[];
  let told: string[];

  beforeEach(() => {
    now = 0;
    putOff = [];
    sweeps = [];
    told = [];
  });

  const make = (options: Partial<QueueOptions> = {}) =>
    new AdmissionQueue({
      lengthMax: 3,
      waitMsMax: 50,
      inFlightMax: 100,
      now: () => now,
      soon: (work) => putOff.push(work),
      activeMs: () => now,
      later: (work) => sweeps.push(work),
      ...options,
    });
  const request = (queue: AdmissionQueue, name: string, takesMs = 0, isDone = true) => ({
    run: () => {
      told.push(`${name} run`);
      now += takesMs;
      if (isDone) queue.finished();
    },
    drop: () => told.push(`${name} dropped`),
  });
  /** What the event loop does between two looks at the sockets. */
  const turn = () => {
    for (const work of putOff.splice(0)) work();
  };
  const browse = lowestLevel('browse');
  const grab = lowestLevel('grab');

  it('runs nothing before the event loop has looked at its sockets', () => {
    const queue = make();
    queue.add(request(queue, 'a'), browse);
    expect([told, queue.length]).toEqual([[], 1]);
    turn();
    expect([told, queue.length]).toEqual([['a run'], 0]);
    expect(putOff).toEqual([]);
  });

  it('works for no longer than its budget at a time', () => {
    const queue = make({ lengthMax: 10, budgetMs: 5 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) queue.add(request(queue, name, 2), browse);
    turn();
    // The first was alone when its turn was made.
    expect(told).toEqual(['a run']);
    turn();
    expect(told).toEqual(['a run', 'b run', 'c run', 'd run']);
    turn();
    expect(told.at(-1)).toBe('e run');
  });

  it('refuses who has waited too long instead of serving everybody late', () => {
    const queue = make();
    queue.add(request(queue, 'a'), browse);
    now = 30;
    queue.add(request(queue, 'b'), browse);
    now = 51;
    turn();
    turn();
    expect(told).toEqual(['a dropped', 'b run']);
  });

  describe('when it has been hot for long', () => {
    /** A queue whose cursor has stood above everybody for longer than anybody may wait. */
    const hot = () => {
      const queue = make({ lengthMax: 100, waitMsMax: 200, waitMsTarget: 10, budgetMs: 1 });
      for (; now < 500; now += 10) {
        for (let no = 0; no < 5; no++) {
          const level = browse + no;
          if (queue.takes(level)) queue.add(request(queue, 'early', 8), level);
        }
        turn();
      }
      expect(queue.cursor.level).toBeGreaterThan(0);
      while (queue.length > 0) turn();
      told = [];
      return queue;
    };

    it('refuses who has waited for longer than is aimed at on average, but for the last, since the next may take a while to come', () => {
      const queue = hot();
      for (const name of ['a', 'b', 'c']) queue.add(request(queue, name), browse + 127);
      now += 11;
      turn();
      expect(told).toEqual(['a dropped', 'b dropped', 'c run']);
    });

    it('refuses nobody for that of whom all are let in', () => {
      const queue = hot();
      for (const name of ['a', 'b']) queue.add(request(queue, name), grab);
      queue.add(request(queue, 'c'), browse + 127);
      now += 11;
      for (let turns = 0; turns < 3; turns++) turn();
      expect(told).toEqual(['a run', 'b run', 'c run']);
    });

    it('serves who has waited for a little', () => {
      const queue = hot();
      for (const name of ['a', 'b']) queue.add(request(queue, name), browse + 127);
      now += 9;
      turn();
      turn();
      expect(told).toEqual(['a run', 'b run']);
    });
  });

  it('takes the higher priority first, and gives it the place of a lower one when full', () => {
    const queue = make();
    for (const name of ['b1', 'b2', 'b3']) queue.add(request(queue, name), browse);
    queue.add(request(queue, 'b4'), browse + 127);
    queue.add(request(queue, 'g1'), grab);
    expect(told).toEqual(['b4 dropped', 'b3 dropped']);
    for (let turns = 0; turns < 3; turns++) turn();
    expect(told.slice(2)).toEqual(['g1 run', 'b1 run', 'b2 run']);
    expect(queue.length).toBe(0);
  });

  it('serves so many at a time, and refuses who waits too long for one of them to finish', () => {
    const queue = make({ inFlightMax: 1 });
    queue.add(request(queue, 'slow', 0, false), browse);
    turn();
    queue.add(request(queue, 'a'), browse);
    turn();
    expect([told, queue.inFlight, putOff.length]).toEqual([['slow run'], 1, 0]);
    now = 60;
    queue.add(request(queue, 'b'), browse);
    for (const sweep of sweeps.splice(0)) sweep();
    expect(told).toEqual(['slow run', 'a dropped']);
    queue.finished();
    turn();
    expect(told.at(-1)).toBe('b run');
    expect(queue.inFlight).toBe(0);
  });

  it('keeps its order however many pass through', () => {
    const queue = make({ lengthMax: 5_000, waitMsMax: 1e9 });
    for (let i = 0; i < 5_000; i++) queue.add(request(queue, String(i)), browse);
    while (putOff.length > 0) turn();
    expect(told).toEqual(Array.from({ length: 5_000 }, (_, i) => `${i} run`));
  });
});
