/** How each server is set up and started from this machine's own programs: settings file, data folder, command line. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, javaProgram, KAFKA_JARS, run } from './packages.mjs';
import { LOCAL, passwordOf, ROOT } from './profiles.mjs';
import { startDetached } from './processes.mjs';

const SETTINGS = join(ROOT, 'deploy/local/settings');
const SOCKET_PATH_LENGTH_MAX = 107;

const settings = (file) => readFileSync(join(SETTINGS, file), 'utf8');

/** The kernel cuts socket paths off at 107 characters, which a deep checkout exceeds. */
function socketPath(profile) {
  const path = join(profile.directory, 'mariadb.sock');
  if (path.length <= SOCKET_PATH_LENGTH_MAX) return path;
  return join(tmpdir(), `floodgate-${createHash('sha256').update(path).digest('hex').slice(0, 12)}.sock`);
}

async function startMariadb(profile) {
  const data = join(profile.directory, 'mariadb');
  const config = join(profile.directory, 'my.cnf');
  const rootPassword = passwordOf(profile, 'root');
  const bootSql = join(profile.directory, 'mariadb-boot.sql');
  // Run at every start: whoever may connect as root knows the profile's secret, also over TCP.
  writeFileSync(
    bootSql,
    [
      "DELETE FROM mysql.global_priv WHERE User = '';",
      'FLUSH PRIVILEGES;',
      ...['localhost', '127.0.0.1'].flatMap((host) => [
        `CREATE USER IF NOT EXISTS 'root'@'${host}';`,
        `ALTER USER 'root'@'${host}' IDENTIFIED BY '${rootPassword}';`,
        `GRANT ALL PRIVILEGES ON *.* TO 'root'@'${host}' WITH GRANT OPTION;`,
      ]),
      '',
    ].join('\n'),
    { mode: 0o600 },
  );
  writeFileSync(
    config,
    [
      settings('mariadb.cnf'),
      `datadir = ${data}`,
      `socket = ${socketPath(profile)}`,
      `pid-file = ${join(profile.directory, 'mariadbd.own.pid')}`,
      `port = ${profile.ports.mysql}`,
      'bind-address = 127.0.0.1',
      `init-file = ${bootSql}`,
      '',
    ].join('\n'),
  );
  const asRoot = process.getuid() === 0 ? ['--user=root'] : [];
  // Without this mark the folder was left half made, and no server ever ran on it.
  const isMade = join(data, 'made-by-floodgate');
  if (!existsSync(isMade)) {
    rmSync(data, { recursive: true, force: true });
    mkdirSync(data, { recursive: true });
    await run(
      findProgram('mariadb-install-db'),
      [
        '--no-defaults',
        '--auth-root-authentication-method=normal',
        '--skip-test-db',
        '--skip-name-resolve',
        `--datadir=${data}`,
        ...asRoot,
      ],
      'The MariaDB data folder could not be made',
    );
    writeFileSync(isMade, '');
  }
  await startDetached(profile, 'mariadb', {
    command: findProgram('mariadbd'),
    args: [`--defaults-file=${config}`, ...asRoot],
    cwd: profile.directory,
    marks: [config],
  });
}

/** Debian's redis-tools carries the whole server: redis-check-rdb is it, and looks at the name it is called by. */
function redisProgram() {
  const own = findProgram('redis-server');
  if (own !== undefined) return own;
  const link = join(LOCAL, 'bin/redis-server');
  mkdirSync(join(LOCAL, 'bin'), { recursive: true });
  try {
    symlinkSync(findProgram('redis-check-rdb'), link);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  return link;
}

async function startRedis(profile) {
  const config = join(profile.directory, 'redis.conf');
  const data = join(profile.directory, 'redis');
  mkdirSync(data, { recursive: true });
  writeFileSync(
    config,
    [
      settings('redis.conf'),
      `dir ${JSON.stringify(data)}`,
      `port ${profile.ports.redis}`,
      'bind 127.0.0.1',
      'daemonize no',
      '',
    ].join('\n'),
  );
  await startDetached(profile, 'redis', {
    command: redisProgram(),
    args: [config],
    cwd: profile.directory,
    // Once it runs, Redis shows its address in place of its arguments.
    marks: [config, `redis-server 127.0.0.1:${profile.ports.redis}`],
  });
}

async function startKafka(profile) {
  const config = join(profile.directory, 'kafka.properties');
  const data = join(profile.directory, 'kafka');
  const { kafka, kafkaController } = profile.ports;
  mkdirSync(data, { recursive: true });
  writeFileSync(
    config,
    [
      settings('kafka.properties'),
      `listeners=PLAINTEXT://127.0.0.1:${kafka},CONTROLLER://127.0.0.1:${kafkaController}`,
      `advertised.listeners=PLAINTEXT://127.0.0.1:${kafka}`,
      `controller.quorum.voters=1@127.0.0.1:${kafkaController}`,
      `log.dirs=${data}`,
      '',
    ].join('\n'),
  );
  const java = javaProgram();
  const classPath = join(KAFKA_JARS, '*');
  const logging = [
    `-Dkafka.logs.dir=${profile.logs}`,
    `-Dlog4j2.configurationFile=file:${join(ROOT, 'deploy/local/kafka/log4j2.xml')}`,
  ];
  if (!existsSync(join(data, 'meta.properties'))) {
    const clusterId = createHash('sha256').update(data).digest().subarray(0, 16).toString('base64url');
    await run(
      java,
      [...logging, '-cp', classPath, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', config],
      'The Kafka data folder could not be made',
    );
  }
  await startDetached(profile, 'kafka', {
    command: java,
    args: [
      '-Xms128m',
      '-Xmx512m',
      '-XX:+ExitOnOutOfMemoryError',
      '-Djava.awt.headless=true',
      ...logging,
      '-cp',
      classPath,
      'kafka.Kafka',
      config,
    ],
    cwd: profile.directory,
    marks: [config],
  });
}

/** name -> what people call it, and how it is started. Each start expects its programs to be installed. */
export const SERVERS = {
  mariadb: { title: 'MariaDB', port: 'mysql', start: startMariadb },
  redis: { title: 'Redis', port: 'redis', start: startRedis },
  kafka: { title: 'Kafka', port: 'kafka', start: startKafka },
};
