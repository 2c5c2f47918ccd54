import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port';
import { killProcess } from './kill-process';
import { until } from './until';

export interface RedisServerOptions {
  /** Settings as redis.conf names them, on top of an append-only file written every second and no eviction. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Starts as a replica of this server. */
  readonly replicaOf?: TestRedisServer;
  /** Starts as a node for a cluster. */
  readonly cluster?: boolean;
}

/** A Redis server of this suite's own: a plain process on a free port, its data in a temporary folder. Stop it in afterAll. */
export interface TestRedisServer {
  readonly port: number;
  readonly url: string;
  /** A connection for what a test does to the server itself. New after each start. */
  readonly admin: Redis;
  /** Sends a signal to the process, for instance SIGSTOP and SIGCONT. */
  signal(signal: NodeJS.Signals): void;
  /** kill -9; the data stay. */
  kill(): Promise<void>;
  /** Starts it again on its port, with its data or without. */
  start(options?: { readonly withoutData?: boolean }): Promise<void>;
  /** Ends it for good and deletes its data. */
  stop(): Promise<void>;
}

const ATTEMPTS_MAX = 5;

/** Starts a server and waits until it answers. Rejects when no Redis is installed. */
export async function startRedis(options: RedisServerOptions = {}): Promise<TestRedisServer> {
  for (let attempt = 1; ; attempt++) {
    const server = new RedisProcess(await freePort(), await mkdtemp(join(tmpdir(), 'floodgate-redis-')), {
      appendonly: 'yes',
      appendfsync: 'everysec',
      save: '',
      'maxmemory-policy': 'noeviction',
      // A replica is served at once, not together with others that may follow.
      'repl-diskless-sync-delay': '0',
      ...(options.replicaOf !== undefined && { replicaof: `127.0.0.1 ${options.replicaOf.port}` }),
      // The bus is by default on the port + 10,000, which may lie above the highest there is.
      ...(options.cluster === true && { 'cluster-enabled': 'yes', 'cluster-port': String(await freePort()) }),
      ...options.settings,
    });
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      // A port that was free a moment ago may be taken.
      if (attempt === ATTEMPTS_MAX || !(error instanceof EndedEarly)) throw error;
    }
  }
}

/** The server ended by itself while it was started. */
class EndedEarly extends Error {}

class RedisProcess implements TestRedisServer {
  admin: Redis;
  private process: ChildProcess | undefined;

  constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly settings: Readonly<Record<string, string>>,
  ) {
    this.admin = this.connectAdmin();
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start({ withoutData = false } = {}): Promise<void> {
    if (withoutData) await rm(join(this.folder, 'appendonlydir'), { recursive: true, force: true, maxRetries: 10 });
    const settings = { port: String(this.port), bind: '127.0.0.1', dir: this.folder, ...this.settings };
    this.process = await spawnRedis(Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]));
    this.admin.disconnect();
    this.admin = this.connectAdmin();
    await until(`Redis on port ${this.port}`, () => this.isReady());
  }

  signal(signal: NodeJS.Signals): void {
    this.process?.kill(signal);
  }

  async kill(): Promise<void> {
    const { process } = this;
    this.process = undefined;
    await killProcess(process);
  }

  async stop(): Promise<void> {
    this.admin.disconnect();
    await this.kill();
    // A child of it, which copies what it held, may write on for a moment.
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  private connectAdmin(): Redis {
    const admin = new Redis({
      host: '127.0.0.1',
      port: this.port,
      lazyConnect: true,
      // The server is killed and stopped on purpose: it is connected to again when the next command comes.
      retryStrategy: () => null,
    });
    admin.on('error', () => undefined);
    return admin;
  }

  private async isReady(): Promise<boolean> {
    const exitCode = this.process?.exitCode ?? undefined;
    if (exitCode !== undefined) throw new EndedEarly(`redis-server ended with code ${exitCode}`);
    try {
      if (this.admin.status === 'end') await this.admin.connect();
      // On a port that was taken meanwhile another server answers.
      return (await this.admin.info('server')).includes(`process_id:${this.process?.pid}\r\n`);
    } catch {
      // Not listening yet, or still reading its data.
      return false;
    }
  }
}

/** Debian's redis-tools carries the whole server: redis-check-rdb is it, and looks at the name it is called by. */
async function spawnRedis(args: readonly string[]): Promise<ChildProcess> {
  for (const program of ['redis-server', 'redis-check-rdb']) {
    const child = spawn(program, args, { argv0: 'redis-server', stdio: 'ignore' });
    try {
      await once(child, 'spawn');
      return child;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error('neither redis-server nor redis-check-rdb is installed');
}
