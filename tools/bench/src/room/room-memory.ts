import { readFileSync } from 'node:fs';
import { createRedis } from '@floodgate/adapters/redis';
import { StackTrouble } from '@floodgate/tools/stack';
import { type NamedProcess } from '../process-cpu';

const KIB = 1_024;

/** What lies in Redis, in bytes. */
export async function redisBytes(url: string): Promise<number> {
  const redis = createRedis(url);
  await redis.connect();
  try {
    return usedMemoryOf(await redis.info('memory'));
  } finally {
    redis.disconnect();
  }
}

/** Out of the text of INFO memory. */
export function usedMemoryOf(info: string): number {
  const bytes = /^used_memory:(\d+)/m.exec(info)?.[1];
  if (bytes === undefined) throw new StackTrouble('Redis does not tell its used_memory.');
  return Number(bytes);
}

/** What these processes hold together, in bytes: resident memory, as /proc has it. */
export function residentBytes(processes: readonly NamedProcess[]): number {
  return processes.reduce((sum, { pid }) => sum + residentOf(readFileSync(`/proc/${pid}/status`, 'utf8')), 0);
}

/** Out of the text of a /proc/<pid>/status. */
export function residentOf(status: string): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new StackTrouble('/proc does not tell what is resident.');
  return Number(kib) * KIB;
}
