import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, until } from '@floodgate/testing';
import {
  type App,
  INSTANCES,
  instancesOf,
  loadEnvironment,
  startApps,
  type StackEnvironment,
  stopApps,
  StackTrouble,
} from './index';
import { migrate } from './migrate';
import { commandLineOf } from './pid-notes';

const READY_APP = `
  const http = require('node:http');
  console.log('greeting ' + process.env.GREETING);
  const server = http.createServer((request, response) => response.end('{"ok":true}'));
  server.listen(Number(process.env.HTTP_PORT), '127.0.0.1');
  process.on('SIGTERM', () => process.exit(0));
`;
/** Longer than a test may take. */
const HANGS_MS = 600_000;
const BROKEN_APP = `console.log('configuration: HTTP_PORT: too low'); process.exit(1);`;

describe('the stack', () => {
  let environment: StackEnvironment;

  const write = (app: App, file: string, script: string) => {
    const path = join(environment.root, 'dist/apps', app, 'src', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, script);
  };

  beforeEach(async () => {
    const root = mkdtempSync(join(tmpdir(), 'floodgate-stack-'));
    const port = await freePort();
    const app = { httpPort: port, env: { HTTP_PORT: String(port) }, schema: 'fg_order' };
    environment = {
      ...loadEnvironment('test'),
      root,
      directory: join(root, 'profile'),
      logs: join(root, 'logs'),
      apps: {
        order: { ...app, migrationEnv: { MYSQL_OWNER_URL: 'mysql://owner' } },
      } as unknown as StackEnvironment['apps'],
    };
    write('order', 'main.js', READY_APP);
  });

  afterEach(async () => {
    await stopApps(environment, ['order']);
    rmSync(environment.root, { recursive: true });
  });

  it('starts an app with its configuration, kills it and starts it again', async () => {
    const ends: string[] = [];
    const stack = await startApps(environment, {
      apps: ['order'],
      env: { order: { GREETING: 'hello' } },
      onUnexpectedEnd: (app) => ends.push(app),
    });
    const [first] = stack.apps;
    expect(first).toEqual({
      app: 'order',
      instance: 'order',
      pid: expect.any(Number),
      port: environment.apps.order.httpPort,
      schema: 'fg_order',
    });
    expect(readFileSync(join(environment.logs, 'order.log'), 'utf8')).toBe('greeting hello\n');

    await stack.kill('order');
    expect(stack.apps).toEqual([]);
    await stack.start('order', { GREETING: 'again' });
    expect(stack.apps[0]?.pid).not.toBe(first?.pid);
    expect(readFileSync(join(environment.logs, 'order.log'), 'utf8')).toBe('greeting hello\ngreeting again\n');

    await stack.stopAll();
    expect(stack.apps).toEqual([]);
    expect(ends).toEqual([]);
  });

  describe('with two instances of an app', () => {
    const READY_AND_SAY = `console.log(process.env.INVENTORY_GRPC);${READY_APP}`;

    beforeEach(async () => {
      write('inventory', 'main.js', READY_AND_SAY);
      const entries = await Promise.all(
        instancesOf('inventory').map(async (instance) => {
          const httpPort = await freePort();
          return [instance, { httpPort, env: { HTTP_PORT: String(httpPort), INVENTORY_GRPC: 'a:1,b:2' } }] as const;
        }),
      );
      environment = { ...environment, apps: { ...environment.apps, ...Object.fromEntries(entries) } };
    });
    afterEach(() => stopApps(environment, ['inventory']));

    it('starts both, and kills and starts one by its name', async () => {
      const stack = await startApps(environment, { apps: ['inventory'], env: { inventory: { GREETING: 'hi' } } });
      expect(stack.apps.map(({ app, instance }) => [app, instance])).toEqual([
        ['inventory', 'inventory'],
        ['inventory', 'inventory-2'],
      ]);
      await stack.kill('inventory-2');
      expect(stack.apps.map(({ instance }) => instance)).toEqual(['inventory']);
      await stack.start('inventory-2');
      const log = readFileSync(join(environment.logs, 'inventory-2.log'), 'utf8');
      expect(log).toBe('a:1,b:2\ngreeting hi\n'.repeat(2));
      await stack.stopAll();
    });

    it('leaves none running when one does not start', async () => {
      const server = createServer((socket) => socket.destroy());
      await new Promise<void>((resolve) => server.listen(environment.apps.inventory.httpPort, '127.0.0.1', resolve));
      await expect(startApps(environment, { apps: ['inventory'] })).rejects.toThrow(/another program listens on port/);
      await new Promise((resolve) => server.close(resolve));
      // Who was still being started would be there by now.
      await sleep(500);
      expect(await stopApps(environment, ['inventory'])).toEqual([]);
    });

    it('says so without waiting for those that do not become ready', async () => {
      write(
        'inventory',
        'main.js',
        `setInterval(() => undefined, 1_000); process.on('SIGTERM', () => process.exit(0));`,
      );
      const server = createServer((socket) => socket.destroy());
      await new Promise<void>((resolve) => server.listen(environment.apps.inventory.httpPort, '127.0.0.1', resolve));
      const started = startApps(environment, { apps: ['inventory'], readyMsMax: HANGS_MS });
      await expect(started).rejects.toThrow(/another program listens on port/);
      await new Promise((resolve) => server.close(resolve));
    });

    it('starts fewer where that is asked for, and names nobody who does not run', async () => {
      const stack = await startApps(environment, { apps: ['inventory'], instances: { inventory: 1 } });
      expect(stack.apps.map(({ instance }) => instance)).toEqual(['inventory']);
      expect(readFileSync(join(environment.logs, 'inventory.log'), 'utf8')).toMatch(/^a:1\n/);
      await stack.stopAll();
    });
  });

  it('knows the instances of the profiles, each on ports of its own', () => {
    const { apps } = loadEnvironment('test');
    expect(Object.keys(apps).sort()).toEqual([...INSTANCES].sort());
    const ports = Object.values(apps).flatMap(({ httpPort, env }) => [httpPort, Number(env['GRPC_PORT'] ?? 0)]);
    const used = ports.filter((port) => port > 0);
    expect(new Set(used).size).toBe(used.length);
    const own = instancesOf('inventory').map((instance) => `127.0.0.1:${apps[instance].env['GRPC_PORT'] ?? ''}`);
    expect(apps.gateway.env['INVENTORY_GRPC']).toBe(own.join(','));
  });

  it('tells of an app that ends by itself', async () => {
    const ends: string[] = [];
    const stack = await startApps(environment, {
      apps: ['order'],
      onUnexpectedEnd: (app, how) => ends.push(`${app} ${how}`),
    });
    process.kill(stack.apps[0]?.pid ?? 0, 'SIGKILL');
    await until('the end is told', () => ends.length > 0);
    expect(ends).toEqual(['order SIGKILL']);
  });

  it('stops what an earlier run left behind, and only that', async () => {
    const left = await startApps(environment, { apps: ['order'], leave: true });
    const pid = left.apps[0]?.pid ?? 0;
    const next = await startApps(environment, { apps: ['order'], leave: true });
    expect(commandLineOf(pid)).toBeUndefined();
    expect(await stopApps(environment, ['order'])).toEqual(['order']);
    // The system reports the child's end to this program a moment after it is gone.
    await until('the end of the app is noticed', () => next.apps.length === 0);

    // The pid now belongs to someone else: this very process.
    const note = { pid: process.pid, mark: 'dist/apps/order/src/main.js of another time' };
    writeFileSync(join(environment.directory, 'pids/order.json'), JSON.stringify(note));
    expect(await stopApps(environment, ['order'])).toEqual([]);
  });

  it('says in one sentence why an app does not start, with the end of its log', async () => {
    write('order', 'main.js', BROKEN_APP);
    const start = startApps(environment, { apps: ['order'] });
    await expect(start).rejects.toThrow(StackTrouble);
    await expect(start).rejects.toThrow(/order ended while starting \(exit code 1\)[^]*HTTP_PORT: too low/);
  });

  it('does not take another program on the port for the app', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(environment.apps.order.httpPort, '127.0.0.1', resolve));
    await expect(startApps(environment, { apps: ['order'] })).rejects.toThrow(/another program listens on port/);
    await new Promise((resolve) => server.close(resolve));
  });

  it('runs migrations with the owner account, and shows what a failing one said', async () => {
    write('order', 'migrate.js', `console.log(process.env.MYSQL_OWNER_URL);`);
    expect(await migrate(environment, ['order'])).toEqual(['mysql://owner']);
    write('order', 'migrate.js', `console.error('no such table'); process.exitCode = 1;`);
    await expect(migrate(environment, ['order'])).rejects.toThrow(/migrations of order failed:\nno such table/);
  });
});
