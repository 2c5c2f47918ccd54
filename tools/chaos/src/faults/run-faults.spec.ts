import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultPlan } from '../plan/fault-plan';
import { type FaultContext } from './fault-context';
import { type FaultRun, runFaults } from './run-faults';

/** MySQL cannot be harmed; instance 0 notes what is done to it. */
function faulty() {
  const done: string[] = [];
  const instance = { pause: () => done.push('pause'), resume: () => done.push('resume') };
  const world = {
    instance: () => instance,
    server: () => {
      throw new Error('there is no mariadb');
    },
  };
  return { done, context: { world } as unknown as FaultContext };
}

describe('runFaults', () => {
  it('throws what a fault throws when the others are over, and tells of those that took place', async () => {
    const { done, context } = faulty();
    const pause: FaultPlan = { kind: 'pause', instance: 0, atMs: 0, forMs: 60 };
    const plans: FaultPlan[] = [
      pause,
      { kind: 'mysql', how: 'kill', atMs: 0, forMs: 0 },
      // Its turn never comes. That is known at once: a rejection that nobody listens to would end the process.
      { kind: 'mysql', how: 'stop', atMs: 30_000, forMs: 0 },
    ];
    const runs: FaultRun[] = [];
    const over = runFaults(
      plans,
      context,
      () => 0,
      (run) => runs.push(run),
    );
    await expect(Promise.race([over, sleep(15_000)])).rejects.toThrow('there is no mariadb');
    expect(done).toEqual(['pause', 'resume']);
    expect(runs.map(({ plan }) => plan)).toEqual([pause]);
  });
});
