import { connect, type Socket } from 'node:net';
import { MemoryLog, until, untilNoError } from '@floodgate/testing';
import { Controller, Get, Module, Post } from '@nestjs/common';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { z } from 'zod';
import { createService } from './bootstrap';
import { parseConfig, serviceShape } from './config';
import { findTooFewFiles, sayTooFewFiles } from './http-server';
import { KitModule } from './kit.module';

@Controller()
class HelloController {
  @Get('hello')
  hello(): string {
    return 'hello';
  }

  @Post('hello')
  take(): string {
    return 'taken';
  }
}

const IDLE_CONNECTIONS = 2_000;

let app: NestFastifyApplication | undefined;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await app?.close();
  app = undefined;
});

const configOf = (more: Record<string, string> = {}) =>
  parseConfig(z.object(serviceShape), { HTTP_PORT: '1', LOG_LEVEL: 'silent', ...more });

/** A service with one route, listening; resolves with its port. */
async function listen(more: Record<string, string> = {}): Promise<number> {
  const config = configOf(more);
  @Module({ imports: [KitModule.forRoot({ name: 'hello', config })], controllers: [HelloController] })
  class HelloModule {}
  app = await createService({ module: HelloModule, config });
  await app.listen(0, '127.0.0.1');
  return Number(new URL(await app.getUrl()).port);
}

interface Connection {
  readonly socket: Socket;
  /** What the server has said. */
  readonly said: () => string;
  readonly isClosed: () => boolean;
}

/** Resolves when it is connected, or closed before that. */
function open(port: number, send = ''): Promise<Connection> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    let said = '';
    let closed = false;
    const connection = { socket, said: () => said, isClosed: () => closed };
    socket.on('data', (bytes) => (said += bytes.toString()));
    // A reset is a way of closing, too.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      closed = true;
      resolve(connection);
    });
    socket.on('connect', () => {
      socket.write(send);
      resolve(connection);
    });
  });
}

const HEAD = 'POST /hello HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
const get = (port: number) => fetch(`http://127.0.0.1:${port}/hello`);

describe('a service that listens', () => {
  it('closes whoever sends its head, or its body, drop by drop, and says so in the usual form', async () => {
    const port = await listen({ HTTP_HEAD_MS_MAX: '300', HTTP_REQUEST_MS_MAX: '600' });
    const slow = [await open(port, HEAD), await open(port, `${HEAD}content-length: 1000\r\n\r\n{`)];
    const dripping = setInterval(() => {
      for (const { socket } of slow) if (socket.writable) socket.write('a');
    }, 20);
    await until('both are closed', () => slow.every(({ isClosed }) => isClosed()));
    clearInterval(dripping);
    for (const { said } of slow) {
      expect(said()).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/);
      expect(said()).toContain('application/problem+json');
      expect(said()).toContain(
        '"outcome":"TRY_LATER","detail":"the request did not arrive in time","pollAfterMs":1000',
      );
    }
    // One that is sent while the machine stands still may be late, too.
    await until('it serves on', async () => (await get(port)).status === 200);
  });

  it(`serves on with ${IDLE_CONNECTIONS} connections that say nothing, and closes them in time`, async () => {
    const port = await listen({ HTTP_HEAD_MS_MAX: '8000' });
    const idle: Connection[] = [];
    for (let i = 0; i < IDLE_CONNECTIONS / 100; i++) {
      idle.push(...(await Promise.all(Array.from({ length: 100 }, () => open(port)))));
    }
    expect(await (await get(port)).text()).toBe('hello');
    await until('they are closed', () => idle.every(({ isClosed }) => isClosed()), 60_000);
    expect((await get(port)).status).toBe(200);
  });

  it('takes no more connections than it may, counts the others, and takes new ones when some have gone', async () => {
    const port = await listen({ HTTP_CONNECTIONS_MAX: '3' });
    const held = [await open(port), await open(port), await open(port)];
    const over = await open(port);
    await until('the fourth is closed', () => over.isClosed());
    expect(held.some(({ isClosed }) => isClosed())).toBe(false);
    for (const { socket } of held) socket.destroy();
    const answer = await untilNoError('a place is free', () => get(port));
    expect(answer.status).toBe(200);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toMatch(/floodgate_http_connections_dropped_total [1-9]/);
  });

  it('answers what is no HTTP in the usual form', async () => {
    const port = await listen();
    const { said, isClosed } = await open(port, 'HELLO\r\n\r\n');
    await until('it is closed', isClosed);
    expect(said()).toContain('"detail":"this is no HTTP request"');
    expect(said()).not.toMatch(/ {4}at |node_modules/);
  });
});

describe('too few files', () => {
  const LIMITS =
    'Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 4096                 files     \n';

  it('is said in one sentence that names both numbers and the way out', () => {
    expect(findTooFewFiles(configOf(), LIMITS)).toBe(
      'this process may open 1024 files, too few for HTTP_CONNECTIONS_MAX=16000 and 512 more: raise the limit to 16512 (ulimit -n) or lower HTTP_CONNECTIONS_MAX',
    );
    expect(findTooFewFiles(configOf({ HTTP_CONNECTIONS_MAX: '512' }), LIMITS)).toBeUndefined();
    expect(findTooFewFiles(configOf(), LIMITS.replace('1024', 'unlimited'))).toBeUndefined();
    expect(findTooFewFiles(configOf(), '')).toBeUndefined();
  });

  it('is measured against the limit that this process really has', () => {
    const log = new MemoryLog();
    sayTooFewFiles(configOf({ HTTP_CONNECTIONS_MAX: '1' }), log);
    expect(log.lines).toEqual([]);
    sayTooFewFiles(configOf({ HTTP_CONNECTIONS_MAX: String(2 ** 50) }), log);
    expect(log.lines).toHaveLength(1);
  });
});
