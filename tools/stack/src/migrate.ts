import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { childEnv } from './app-process';
import { type App, APPS, type StackEnvironment } from './environment';
import { StackTrouble } from './trouble';

const AT_ONCE = 2;

/**
 * Brings the schemas of the built services up to date, each with its owner's account, and returns what they said.
 * @throws StackTrouble with the output of the first that fails.
 */
export async function migrate(environment: StackEnvironment, apps: readonly App[] = APPS): Promise<string[]> {
  const waiting = apps.filter((app) => environment.apps[app].migrationEnv !== undefined);
  const said: string[] = [];
  const work = async () => {
    for (let app = waiting.shift(); app !== undefined; app = waiting.shift())
      said.push(await migrateApp(environment, app));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return said;
}

async function migrateApp(environment: StackEnvironment, app: App): Promise<string> {
  const script = join(environment.root, 'dist/apps', app, 'src/migrate.js');
  if (!existsSync(script)) throw new StackTrouble(`${app} is not built: there is no ${script}.`);
  const child = spawn(process.execPath, ['--enable-source-maps', script], {
    cwd: environment.root,
    env: childEnv(environment.apps[app].migrationEnv ?? {}),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => output.push(bytes));
  await once(child, 'close');
  const text = Buffer.concat(output).toString('utf8').trim();
  if (child.exitCode !== 0) throw new StackTrouble(`The migrations of ${app} failed:\n${text}`);
  return text;
}
