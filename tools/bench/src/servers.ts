import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  type App,
  loadEnvironment,
  migrate,
  repositoryRoot,
  type StackEnvironment,
  StackTrouble,
} from '@floodgate/tools/stack';

/** The servers of benches: of nobody else, and empty at the start of each. */
const PROFILE = 'bench';

/** Those of GRAB_APPS that have a database. */
const MIGRATED: readonly App[] = ['activity', 'inventory', 'degradation-plan'];

/**
 * Starts the bench's own servers with nothing in them but the schemas of `apps`, so that no bench is slowed by what an earlier one left behind.
 * @throws StackTrouble with what was said when one does not start.
 */
export async function startEmptyServers(
  say: (line: string) => void,
  apps: readonly App[] = MIGRATED,
): Promise<StackEnvironment> {
  say('starting MariaDB, Redis and Kafka with nothing in them');
  process.once('exit', stopServersNow);
  await infra('reset');
  try {
    await infra('up');
  } catch (error) {
    // A broker that has just begun may not know the topics yet that it was given.
    if (!(error instanceof StackTrouble)) throw error;
    say('trying once more');
    await infra('up');
  }
  const environment = loadEnvironment(PROFILE);
  await migrate(environment, apps);
  return environment;
}

export async function stopServers(): Promise<void> {
  await infra('down');
  process.removeListener('exit', stopServersNow);
}

/** For a program that must end now, which can wait for nothing else. */
function stopServersNow(): void {
  spawnSync(process.execPath, infraArgs('down'), { stdio: 'ignore' });
}

const infraArgs = (command: string) => [
  join(repositoryRoot(), 'deploy/local/infra.mjs'),
  command,
  '--profile',
  PROFILE,
];

async function infra(command: 'reset' | 'up' | 'down'): Promise<void> {
  const child = spawn(process.execPath, infraArgs(command), { stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => output.push(bytes));
  await once(child, 'close');
  if (child.exitCode !== 0) {
    throw new StackTrouble(`The bench's servers: ${command} failed.\n${Buffer.concat(output).toString('utf8').trim()}`);
  }
}
