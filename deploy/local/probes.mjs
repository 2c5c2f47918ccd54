/** Does a server answer? Each probe asks something real, since a port is open long before a server is ready. */
import { npmPackage } from './npm-package.mjs';
import { adminUrl, kafkaBrokers, redisUrl } from './profiles.mjs';
import { Trouble } from './trouble.mjs';

const PROBE_MS_MAX = 2_000;

async function askMariadb(profile) {
  const connection = await npmPackage('mysql2/promise').createConnection({
    uri: adminUrl(profile),
    connectTimeout: PROBE_MS_MAX,
  });
  try {
    await connection.ping();
  } finally {
    await connection.end();
  }
}

async function askRedis(url) {
  const Redis = npmPackage('ioredis');
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: PROBE_MS_MAX,
    commandTimeout: PROBE_MS_MAX,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    retryStrategy: null,
  });
  // What connect() rejects with says only that it is closed; the reason comes as an event.
  let reason;
  client.on('error', (error) => (reason ??= error));
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    throw reason ?? error;
  } finally {
    client.disconnect();
  }
}

/** A client for the profile's brokers that prints nothing: a broker that is still starting is no news here. */
export function kafkaClient(profile) {
  const { Kafka, logLevel } = npmPackage('kafkajs');
  return new Kafka({
    clientId: 'floodgate-local',
    brokers: kafkaBrokers(profile).split(','),
    logLevel: logLevel.NOTHING,
    connectionTimeout: PROBE_MS_MAX,
    retry: { retries: 0 },
  });
}

async function askKafka(profile) {
  const admin = kafkaClient(profile).admin();
  try {
    await admin.connect();
    await admin.fetchTopicMetadata();
    const { controller, brokers } = await admin.describeCluster();
    if (controller === null) throw new Error('no controller is elected yet');
    if (profile.given.kafka === undefined && brokers.length < profile.brokers.length) {
      throw new Error(`${brokers.length} of ${profile.brokers.length} brokers are there`);
    }
  } finally {
    await admin.disconnect();
  }
}

const ASK = {
  mariadb: askMariadb,
  redis: (profile) => askRedis(redisUrl(profile)),
  'redis-2': (profile) => askRedis(`redis://127.0.0.1:${profile.ports.redisReplica}`),
  kafka: askKafka,
  'kafka-2': askKafka,
  'kafka-3': askKafka,
};

/** Undefined when the server answers, else why not, in the words of its client. */
export async function whyNotReady(profile, server) {
  try {
    await ASK[server](profile);
    return undefined;
  } catch (error) {
    if (error instanceof Trouble) throw error;
    return error.message || error.code || String(error);
  }
}
