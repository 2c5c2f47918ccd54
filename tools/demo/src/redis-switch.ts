import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type StackEnvironment, StackTrouble } from '@floodgate/tools/stack';

/**
 * Stops the profile's own Redis, starts it again, or checks that it may be stopped: somebody else's never is.
 * @throws StackTrouble with the reason when it cannot be done.
 */
export async function switchRedis(action: 'check' | 'stop' | 'start', environment: StackEnvironment): Promise<void> {
  const script = join(environment.root, 'tools/demo/server-switch.mjs');
  const child = spawn(process.execPath, [script, action, 'redis', environment.name], {
    cwd: environment.root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const complaint: Buffer[] = [];
  child.stderr.on('data', (bytes: Buffer) => complaint.push(bytes));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new StackTrouble(Buffer.concat(complaint).toString('utf8').trim());
}
