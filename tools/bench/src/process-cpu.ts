import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackTrouble } from '@floodgate/tools/stack';

/** A process by the name it is reported under. */
export interface NamedProcess {
  readonly name: string;
  readonly pid: number;
}

/** CPU time in ms since each process started, all its threads, user and system, by name. */
export type CpuTimes = ReadonlyMap<string, number>;

// USER_HZ: what Linux counts in for programs, on every platform that Node runs on.
const TICK_MS = 10;
const WINDOW_MS = 300;
const QUIET_WINDOWS = 2;
const QUIET_WAIT_MS_MAX = 60_000;
// Two processes' ticks in a window look like this much more of a core than there is.
const TOLERATED_SHARE = 0.1;

/** The CPU time in ms in the text of a /proc/<pid>/stat. The program's name in it may hold spaces and brackets. */
export function cpuMsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ms = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  if (!Number.isFinite(ms)) throw new Error(`not the text of a /proc/<pid>/stat: ${stat}`);
  return ms;
}

/** @throws StackTrouble when a process has ended, or this is not Linux. */
export function readCpu(processes: readonly NamedProcess[]): CpuTimes {
  return new Map(
    processes.map(({ name, pid }) => {
      try {
        return [name, cpuMsOf(readFileSync(`/proc/${pid}/stat`, 'utf8'))];
      } catch (error) {
        throw new StackTrouble(`The CPU time of ${name} (pid ${pid}) is not in /proc: ${String(error)}.`);
      }
    }),
  );
}

/** CPU time spent between two readings, in ms, by name. */
export function spentBetween(before: CpuTimes, after: CpuTimes): CpuTimes {
  return new Map([...after].map(([name, ms]) => [name, ms - (before.get(name) ?? 0)]));
}

export function totalOf(times: CpuTimes): number {
  return [...times.values()].reduce((sum, ms) => sum + ms, 0);
}

/** The share of one core that the processes use together right now. */
export async function shareInUse(processes: readonly NamedProcess[], windowMs = WINDOW_MS): Promise<number> {
  const startedAtMs = performance.now();
  const before = readCpu(processes);
  await sleep(windowMs);
  return totalOf(spentBetween(before, readCpu(processes))) / (performance.now() - startedAtMs);
}

/**
 * Returns when the processes use about as little as `idleShare` of a core again, so that what one contender left to be done
 * is not done at the cost of the next.
 * @throws StackTrouble when they do not come to rest within a minute.
 */
export async function untilAtRest(processes: readonly NamedProcess[], idleShare: number): Promise<void> {
  const giveUpAtMs = performance.now() + QUIET_WAIT_MS_MAX;
  for (let quiet = 0; quiet < QUIET_WINDOWS;) {
    quiet = (await shareInUse(processes)) <= idleShare + TOLERATED_SHARE ? quiet + 1 : 0;
    if (performance.now() > giveUpAtMs) {
      const names = processes.map(({ name }) => name).join(', ');
      throw new StackTrouble(`These did not come to rest within ${QUIET_WAIT_MS_MAX / 1_000} s: ${names}.`);
    }
  }
}
