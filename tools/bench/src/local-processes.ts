import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type StackEnvironment, StackTrouble } from '@floodgate/tools/stack';
import { type NamedProcess } from './process-cpu';

export const SERVERS = ['redis', 'kafka', 'mariadb'] as const;

/** The servers of a profile. @throws StackTrouble for servers that do not run here as plain processes. */
export function serverProcesses({ directory }: StackEnvironment): NamedProcess[] {
  return SERVERS.map((name) => {
    const file = join(directory, `${name}.pid`);
    if (!existsSync(file)) {
      throw new StackTrouble(
        `The bench counts the CPU of ${name}, which must run here as a process: there is no ${file}.`,
      );
    }
    return { name, pid: (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid };
  });
}
