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

async function prepareMariadb(profile) {
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
  return {
    command: findProgram('mariadbd'),
    args: [`--defaults-file=${config}`, ...asRoot],
    cwd: profile.directory,
    marks: [config],
  };
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

async function prepareRedis(profile, name, port, replicaOf) {
  const config = join(profile.directory, `${name}.conf`);
  const data = join(profile.directory, name);
  mkdirSync(data, { recursive: true });
  writeFileSync(
    config,
    [
      settings('redis.conf'),
      `dir ${JSON.stringify(data)}`,
      `port ${port}`,
      'bind 127.0.0.1',
      'daemonize no',
      ...(replicaOf === undefined ? [] : [`replicaof 127.0.0.1 ${replicaOf}`]),
      '',
    ].join('\n'),
  );
  return {
    command: redisProgram(),
    args: [config],
    cwd: profile.directory,
    // Once it runs, Redis shows its address in place of its arguments.
    marks: [config, `redis-server 127.0.0.1:${port}`],
  };
}

function kafkaProperties(profile, index, data) {
  const { kafka, controller, proxied, proxy } = profile.brokers[index];
  const listeners = [`PLAINTEXT://127.0.0.1:${kafka}`, `CONTROLLER://127.0.0.1:${controller}`];
  const advertised = [`PLAINTEXT://127.0.0.1:${kafka}`];
  if (profile.isForFaults) {
    // Who connects through the proxy is sent through it again.
    listeners.push(`PROXIED://127.0.0.1:${proxied}`);
    advertised.push(`PROXIED://127.0.0.1:${proxy}`);
  }
  const voters = profile.brokers.map((ports, at) => `${at + 1}@127.0.0.1:${ports.controller}`);
  return [
    settings('kafka.properties'),
    // Of a key that is there twice, the last one counts.
    ...(profile.isForFaults ? [settings('kafka-faults.properties')] : []),
    ...(profile.brokers.length > 1 ? [settings('kafka-replicated.properties')] : []),
    `node.id=${index + 1}`,
    `listeners=${listeners.join(',')}`,
    `advertised.listeners=${advertised.join(',')}`,
    `controller.quorum.voters=${voters.join(',')}`,
    `log.dirs=${data}`,
    '',
  ].join('\n');
}

async function prepareKafka(profile, name, index) {
  const config = join(profile.directory, `${name}.properties`);
  const data = join(profile.directory, name);
  mkdirSync(data, { recursive: true });
  writeFileSync(config, kafkaProperties(profile, index, data));
  const java = javaProgram();
  const classPath = join(KAFKA_JARS, '*');
  const logging = [
    `-Dkafka.logs.dir=${profile.logs}`,
    `-Dlog4j2.configurationFile=file:${join(ROOT, 'deploy/local/kafka/log4j2.xml')}`,
  ];
  if (!existsSync(join(data, 'meta.properties'))) {
    const seed = join(profile.directory, 'kafka');
    const clusterId = createHash('sha256').update(seed).digest().subarray(0, 16).toString('base64url');
    await run(
      java,
      [...logging, '-cp', classPath, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', config],
      'The Kafka data folder could not be made',
    );
  }
  // A broker that is killed every few seconds must start fast rather than run fast.
  const heap = profile.isForFaults ? ['-Xms96m', '-Xmx256m', '-XX:TieredStopAtLevel=1'] : ['-Xms128m', '-Xmx512m'];
  return {
    command: java,
    args: [
      ...heap,
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
  };
}

const broker = (index) => ({
  title: index === 0 ? 'Kafka' : `Kafka ${index + 1}`,
  port: ({ brokers }) => brokers[index].kafka,
  prepare: (profile) => prepareKafka(profile, index === 0 ? 'kafka' : `kafka-${index + 1}`, index),
});

/**
 * name -> what people call it, its port, and `prepare`, which writes its settings and data folder and returns how it is started.
 * Each expects its programs to be installed. A profile says which of them it has.
 */
export const SERVERS = {
  mariadb: { title: 'MariaDB', port: ({ ports }) => ports.mysql, prepare: prepareMariadb },
  redis: {
    title: 'Redis',
    port: ({ ports }) => ports.redis,
    prepare: (profile) => prepareRedis(profile, 'redis', profile.ports.redis),
  },
  'redis-2': {
    title: 'Redis replica',
    port: ({ ports }) => ports.redisReplica,
    prepare: (profile) => prepareRedis(profile, 'redis-2', profile.ports.redisReplica, profile.ports.redis),
  },
  kafka: broker(0),
  'kafka-2': broker(1),
  'kafka-3': broker(2),
};

/** Starts one of a profile's servers; it answers some time later. */
export const startServer = async (profile, name) => startDetached(profile, name, await SERVERS[name].prepare(profile));
