/**
 * The sets of local servers, `dev`, `test` and `bench`, and `chaos` and `chaos-3` for faults: where each listens, where its data lies, and the environment an app is started with.
 * They share nothing but the Kafka jars, so that a test never disturbs a running demo.
 */
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keyPairOf, secretOf } from './secrets.mjs';
import { Trouble } from './trouble.mjs';

/** The repository's root folder. */
export const ROOT = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** The folder of everything that local servers write; ignored by git. */
export const LOCAL = join(ROOT, '.floodgate');

/** Apps that own a MySQL database and serve gRPC, in the order of their ports. */
export const SERVICES = ['activity', 'card-collection', 'inventory', 'order', 'prize-payout', 'degradation-plan'];

/** Everything that `appEnv` knows how to start. */
export const APPS = ['gateway', ...SERVICES];

/** Apps that run more than once. */
const COPIES = { inventory: 2 };

/** The running copies of an app: the first has the app's own name, the second is `inventory-2`. */
export const instancesOf = (app) =>
  Array.from({ length: COPIES[app] ?? 1 }, (_, index) => (index === 0 ? app : `${app}-${index + 1}`));

/** Every running copy of every app. */
export const INSTANCES = APPS.flatMap(instancesOf);

/** The app that an instance is a copy of. */
export const appOf = (instance) => APPS.find((app) => instancesOf(app).includes(instance));

// A copy's ports lie so far above those of the first.
const COPY_PORT_STEP = 10;

/** Databases beyond one a service: the money ledger (prize-payout's) and the fake payment channel's own statement. */
export const EXTRA_DATABASES = ['ledger', 'channel'];

/** Servers of these two are killed and emptied on purpose, so they are always this machine's own programs. */
export const FAULT_PROFILES = ['chaos', 'chaos-3'];

export const PROFILES = ['dev', 'test', 'bench', ...FAULT_PROFILES];

const BASE_PORTS = {
  dev: { mysql: 13306, redis: 16379, kafka: 19092, kafkaController: 19093, http: 18080, grpc: 15080 },
  test: { mysql: 23306, redis: 26379, kafka: 29092, kafkaController: 29093, http: 28080, grpc: 25080 },
  bench: { mysql: 8306, redis: 8379, kafka: 8192, kafkaController: 8193, http: 8480, grpc: 8450 },
  chaos: { mysql: 7306, redis: 7379, kafka: 7092, kafkaController: 7093, http: 7180, grpc: 7150 },
  'chaos-3': { mysql: 7706, redis: 7779, kafka: 7492, kafkaController: 7493, http: 7580, grpc: 7550 },
};

/** Each broker of a fault profile has three ports, and a proxy that its clients are told to use. */
const BROKER_PORT_STEP = 3;
const PROXY_PORT_OFFSET = 50;

/** The servers of a profile, and its brokers' ports; only fault profiles have more than one of a kind. */
function serversOf(name, base, port) {
  const isForFaults = FAULT_PROFILES.includes(name);
  const brokers = Array.from({ length: name === 'chaos-3' ? 3 : 1 }, (_, index) => ({
    kafka: port(base.kafka + index * BROKER_PORT_STEP),
    controller: port(base.kafkaController + index * BROKER_PORT_STEP),
    ...(isForFaults && {
      proxied: port(base.kafkaController + 1 + index * BROKER_PORT_STEP),
      proxy: port(base.kafka + PROXY_PORT_OFFSET + index),
    }),
  }));
  const servers = [
    'mariadb',
    'redis',
    ...(isForFaults ? ['redis-2'] : []),
    ...brokers.map((_, index) => (index === 0 ? 'kafka' : `kafka-${index + 1}`)),
  ];
  return { isForFaults, brokers: Object.freeze(brokers), servers: Object.freeze(servers) };
}

/** Added to every port, so that two checkouts can run side by side. */
export function portShift() {
  const text = process.env.FLOODGATE_PORT_SHIFT ?? '0';
  const shift = Number(text);
  if (!Number.isInteger(shift) || shift < 0 || shift > 3000) {
    throw new Trouble(`FLOODGATE_PORT_SHIFT must be a whole number from 0 to 3000, not "${text}".`);
  }
  return shift;
}

const isUrl = (protocols) => (text) => {
  const { protocol, hostname } = URL.canParse(text) ? new URL(text) : {};
  return protocols.includes(protocol) && hostname !== '';
};

/** What an address in the environment must look like; it is never shown, for it may hold a password. */
const GIVEN = {
  FLOODGATE_MYSQL_URL: { fits: isUrl(['mysql:']), form: 'mysql://user:password@host:port' },
  FLOODGATE_REDIS_URL: { fits: isUrl(['redis:', 'rediss:']), form: 'redis://host:port' },
  FLOODGATE_KAFKA_BROKERS: {
    fits: (text) => /^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/.test(text),
    form: 'host:port, several separated by commas',
  },
};

/** An address from the environment; undefined when there is none. */
function given(name) {
  const text = process.env[name];
  if (!text) return undefined;
  const { fits, form } = GIVEN[name];
  if (!fits(text)) throw new Trouble(`${name} is no address: it must be ${form}.`);
  return text;
}

/**
 * Everything fixed about one profile. Reads the environment, writes nothing.
 * @throws Trouble when there is no such profile, or an address in the environment is none.
 */
export function profile(name) {
  const base = BASE_PORTS[name];
  if (base === undefined) throw new Trouble(`There is no profile "${name}": use ${PROFILES.join(' or ')}.`);
  const shift = portShift();
  const port = (number) => number + shift;
  const portsOf = (apps, first) =>
    Object.freeze(
      Object.fromEntries(
        apps.flatMap((app, index) =>
          instancesOf(app).map((name, copy) => [name, port(first + index + copy * COPY_PORT_STEP)]),
        ),
      ),
    );
  const directory = join(LOCAL, name);
  const { isForFaults, brokers, servers } = serversOf(name, base, port);
  return Object.freeze({
    name,
    directory,
    /** Names of its servers: keys of SERVERS. */
    servers,
    brokers,
    isForFaults,
    logs: join(directory, 'logs'),
    state: join(directory, 'state'),
    /** Differs between checkouts, so that each has containers of its own. */
    dockerProject: `floodgate-${name}-${createHash('sha256').update(`${ROOT}:${shift}`).digest('hex').slice(0, 6)}`,
    ports: Object.freeze({
      mysql: port(base.mysql),
      redis: port(base.redis),
      redisReplica: port(base.redis + 1),
      kafka: port(base.kafka),
      kafkaController: port(base.kafkaController),
      http: portsOf(APPS, base.http),
      grpc: portsOf(SERVICES, base.grpc + 1),
    }),
    /** Servers that somebody else runs; their addresses win over the local ones. */
    given: Object.freeze(
      isForFaults
        ? {}
        : {
            mariadb: given('FLOODGATE_MYSQL_URL'),
            redis: given('FLOODGATE_REDIS_URL'),
            kafka: given('FLOODGATE_KAFKA_BROKERS'),
          },
    ),
  });
}

const profileOf = (nameOrProfile) => (typeof nameOrProfile === 'string' ? profile(nameOrProfile) : nameOrProfile);
const snake = (name) => name.replaceAll('-', '_');

/** `fg_prize_payout` for `prize-payout`: the name of a service's database and of its runtime user. */
export const databaseOf = (service) => `fg_${snake(service)}`;

/** The MySQL password of a user, made from the profile's secret. */
export const passwordOf = (nameOrProfile, user) => secretOf(profileOf(nameOrProfile).directory, `mysql:${user}`);

/** URL of the MySQL user who may create databases and users. */
export function adminUrl(nameOrProfile) {
  const p = profileOf(nameOrProfile);
  return p.given.mariadb ?? `mysql://root:${passwordOf(p, 'root')}@127.0.0.1:${p.ports.mysql}`;
}

function mysqlUrl(p, user, database) {
  const admin = new URL(adminUrl(p));
  return `mysql://${user}:${passwordOf(p, user)}@${admin.hostname}:${admin.port || '3306'}${database === undefined ? '' : `/${database}`}`;
}

/**
 * URL for migrations: the owner of a service's database.
 * `service` is one of SERVICES, or `ledger` (owned by prize-payout's owner), or `channel`.
 */
export function ownerUrl(nameOrProfile, service) {
  const owner = service === 'ledger' ? 'prize-payout' : service;
  return mysqlUrl(profileOf(nameOrProfile), `${databaseOf(owner)}_owner`, databaseOf(service));
}

/** URL of the user who may read every Floodgate database and change none; it names no database. */
export const auditUrl = (nameOrProfile) => mysqlUrl(profileOf(nameOrProfile), 'fg_audit');

/** URL of the Redis server. */
export function redisUrl(nameOrProfile) {
  const p = profileOf(nameOrProfile);
  return p.given.redis ?? `redis://127.0.0.1:${p.ports.redis}`;
}

/** Kafka bootstrap addresses, host:port, separated by commas. */
export function kafkaBrokers(nameOrProfile) {
  const p = profileOf(nameOrProfile);
  return p.given.kafka ?? p.brokers.map(({ kafka }) => `127.0.0.1:${kafka}`).join(',');
}

/**
 * The environment that an instance of an app is started with, complete but for PATH and the like.
 * Makes the profile's secret when there is none yet.
 * @throws Trouble when there is no such instance.
 */
export function appEnv(nameOrProfile, instance) {
  const p = profileOf(nameOrProfile);
  const app = appOf(instance);
  if (app === undefined) throw new Trouble(`There is no app "${instance}": ${INSTANCES.join(', ')}.`);
  const secret = (name) => secretOf(p.directory, name);
  const policyKeys = keyPairOf(p.directory, 'POLICY_SIGNING_KEY');
  const isService = SERVICES.includes(app);
  const env = {
    PROFILE: 'development',
    HTTP_PORT: String(p.ports.http[instance]),
    REDIS_URL: redisUrl(p),
    KAFKA_BROKERS: kafkaBrokers(p),
    STATE_DIR: join(p.state, instance),
    JWT_SECRET: secret('JWT_SECRET'),
    TOKEN_SECRET: secret('TOKEN_SECRET'),
    POLICY_PUBLIC_KEYS: policyKeys.publicKey,
    CHANNEL_SECRET: secret('CHANNEL_SECRET'),
  };
  for (const service of SERVICES) {
    const addresses = instancesOf(service).map((name) => `127.0.0.1:${p.ports.grpc[name]}`);
    env[`${snake(service).toUpperCase()}_GRPC`] = addresses.join(',');
  }
  if (isService) {
    env.GRPC_PORT = String(p.ports.grpc[instance]);
    env.MYSQL_URL = mysqlUrl(p, databaseOf(app), databaseOf(app));
  }
  if (app === 'degradation-plan') env.POLICY_SIGNING_KEY = policyKeys.signingKey;
  if (app === 'order' || app === 'prize-payout') env.CHANNEL_MYSQL_URL = mysqlUrl(p, 'fg_channel', 'fg_channel');
  return env;
}
