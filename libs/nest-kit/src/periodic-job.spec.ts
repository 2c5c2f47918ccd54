import { PeriodicJob } from './periodic-job';

describe('PeriodicJob', () => {
  const quiet = { warn: () => undefined };

  it('runs one round at a time, at once again while more is waiting, and not after stop', async () => {
    let inside = 0;
    let rounds = 0;
    let enough: () => void = () => undefined;
    const ten = new Promise<void>((resolve) => (enough = resolve));
    const round = async () => {
      inside += 1;
      expect(inside).toBe(1);
      await new Promise(setImmediate);
      inside -= 1;
      rounds += 1;
      if (rounds === 10) enough();
      return true;
    };
    const job = new PeriodicJob({ name: 'test', everyMs: 3_600_000, round, log: quiet });
    job.start();
    job.start();
    await ten;
    await job.stop();
    const after = rounds;
    await new Promise(setImmediate);
    expect([inside, rounds]).toEqual([0, after]);
  });

  it('says what went wrong and tries again', async () => {
    const said: object[] = [];
    let rounds = 0;
    let recovered: () => void = () => undefined;
    const recovery = new Promise<void>((resolve) => (recovered = resolve));
    const round = () => {
      rounds += 1;
      if (rounds === 1) return Promise.reject(new Error('the store is away'));
      recovered();
      return Promise.resolve(false);
    };
    const job = new PeriodicJob({
      name: 'test',
      everyMs: 1,
      round,
      log: { warn: (fields: object) => void said.push(fields) },
    });
    job.start();
    await recovery;
    await job.stop();
    expect(said).toEqual([expect.objectContaining({ job: 'test', failures: 1 })]);
  });

  it('stops in the middle of a long pause', async () => {
    const job = new PeriodicJob({ name: 'test', everyMs: 3_600_000, round: () => Promise.resolve(false), log: quiet });
    job.start();
    await new Promise(setImmediate);
    await job.stop();
  });
});
