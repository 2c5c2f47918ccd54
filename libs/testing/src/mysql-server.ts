import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port';
import { killProcess } from './kill-process';
import { until } from './until';

/** A MariaDB server of this suite's own: a plain process on a free port, its data in a temporary folder. Stop it in afterAll. */
export interface TestMysqlServer {
  /** For root, without a database. */
  readonly adminUrl: string;
  /** kill -9; the data stay. */
  kill(): Promise<void>;
  /** Starts it again on its port, with its data. */
  start(): Promise<void>;
  /** Ends it for good and deletes its data. */
  stop(): Promise<void>;
}

const AS_ROOT = process.getuid?.() === 0 ? ['--user=root'] : [];
const BOOT_SQL = `
CREATE USER IF NOT EXISTS 'root'@'127.0.0.1';
GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;
`;

/** Makes a server, starts it and waits until it takes connections. Rejects when no MariaDB is installed. */
export async function startMysql(): Promise<TestMysqlServer> {
  const folder = await mkdtemp(join(tmpdir(), 'floodgate-mysql-'));
  const data = join(folder, 'data');
  const install = ['--no-defaults', '--auth-root-authentication-method=normal', '--skip-test-db', `--datadir=${data}`];
  await promisify(execFile)('mariadb-install-db', [...install, ...AS_ROOT]);
  const boot = join(folder, 'boot.sql');
  await writeFile(boot, BOOT_SQL);
  const server = new MysqlProcess(await freePort(), folder, [
    '--no-defaults',
    `--datadir=${data}`,
    `--init-file=${boot}`,
    `--socket=${join(folder, 'sock')}`,
    `--pid-file=${join(folder, 'pid')}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--skip-log-bin',
    '--character-set-server=utf8mb4',
    '--default-time-zone=+00:00',
    '--innodb-buffer-pool-size=32M',
    '--innodb-log-file-size=16M',
    ...AS_ROOT,
  ]);
  await server.start();
  return server;
}

class MysqlProcess implements TestMysqlServer {
  private process: ChildProcess | undefined;

  constructor(
    private readonly port: number,
    private readonly folder: string,
    private readonly args: readonly string[],
  ) {}

  get adminUrl(): string {
    return `mysql://root@127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const child = await spawnMariadb([...this.args, `--port=${this.port}`]);
    this.process = child;
    await until(`MariaDB on port ${this.port}`, () => {
      if (child.exitCode !== null) throw new Error(`mariadbd ended with code ${child.exitCode}`);
      return this.greets();
    });
  }

  async kill(): Promise<void> {
    const { process } = this;
    this.process = undefined;
    await killProcess(process);
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  /** It listens before it has read its tables, and says nothing until it has. */
  private greets(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1');
      socket.once('data', () => resolve(true)).once('error', () => resolve(false));
      socket.once('close', () => resolve(false)).once('data', () => socket.destroy());
      socket.setTimeout(1_000, () => socket.destroy());
    });
  }
}

/** Servers lie outside many people's PATH. */
async function spawnMariadb(args: readonly string[]): Promise<ChildProcess> {
  for (const program of ['mariadbd', '/usr/sbin/mariadbd']) {
    const child = spawn(program, args, { stdio: 'ignore' });
    try {
      await once(child, 'spawn');
      return child;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error('mariadbd is not installed');
}
