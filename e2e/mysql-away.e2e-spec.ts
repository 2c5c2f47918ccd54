import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, SERVERS, until } from '@floodgate/testing';

const APPS = ['activity', 'card-collection', 'inventory', 'order', 'prize-payout', 'degradation-plan'];
/** Nobody listens there. */
const NOBODY = '127.0.0.1:1';

/** Beside everything else that a busy machine does. */
const STARTED_MS_MAX = 120_000;

jest.setTimeout(2 * STARTED_MS_MAX);

interface Health {
  readonly status: number;
  readonly checks: Readonly<Record<string, string>>;
}

let folder: string;
let app: ChildProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'floodgate-away-'));
});
afterEach(() => {
  if (app.exitCode === null) app.kill('SIGKILL');
});
afterAll(() => rm(folder, { recursive: true }));

/** The built app as the test profile starts it, but for its MySQL, which is dead. Returns its address. */
async function startWithoutMysql(name: string): Promise<string> {
  const given = Object.entries(SERVERS.appEnv[name] ?? {});
  const port = await freePort();
  const env = {
    ...Object.fromEntries(
      given.map(([key, value]) => [key, key.endsWith('MYSQL_URL') ? value.replace(/@[^/]+/, `@${NOBODY}`) : value]),
    ),
    HTTP_PORT: String(port),
    GRPC_PORT: String(await freePort()),
    STATE_DIR: join(folder, name),
    LOG_LEVEL: 'silent',
    SHUTDOWN_GRACE_MS: '30000',
  };
  app = spawn(process.execPath, [join(__dirname, `../dist/apps/${name}/src/main.js`)], { env, stdio: 'ignore' });
  return `http://127.0.0.1:${port}`;
}

/** Undefined while it does not listen. */
async function healthAt(url: string): Promise<Health | undefined> {
  if (app.exitCode !== null) throw new Error(`it has ended with code ${app.exitCode}`);
  try {
    const answer = await fetch(url);
    const { checks } = (await answer.json()) as { checks: Record<string, string> };
    return { status: answer.status, checks };
  } catch (error) {
    if ((error as Error).message !== 'fetch failed') throw error;
    return undefined;
  }
}

describe('without MySQL', () => {
  it.each(APPS)('%s starts, says what it lacks, is no reason to restart it, and stops in order', async (name) => {
    const url = await startWithoutMysql(name);
    const ready = await until('it listens', () => healthAt(`${url}/health/ready`), STARTED_MS_MAX);
    expect(ready.status).toBe(503);
    expect(ready.checks['mysql']).not.toBe('ok');
    const consumers = Object.keys(ready.checks).filter((check) => check.startsWith('consumer '));
    expect(consumers.length).toBeGreaterThan(0);
    for (const consumer of consumers) expect(ready.checks[consumer]).toContain('waits for MySQL');
    expect(await healthAt(`${url}/health/live`)).toMatchObject({ status: 200 });
    const ended = once(app, 'exit');
    app.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});
