import { ACKS_ALL, createKafka, type Log } from '@floodgate/adapters/kafka';
import { createDataSource, selectRows } from '@floodgate/adapters/mysql';
import { createRedis } from '@floodgate/adapters/redis';
import { TOPICS } from '@floodgate/contracts';
import { type StackEnvironment } from '@floodgate/tools/stack';
import { ConfigResourceTypes } from 'kafkajs';

/** What decides how durable an answer is, as the servers themselves say; acks is what the producer is built with. */
export interface Settings {
  readonly redis: { readonly appendonly: string; readonly appendfsync: string };
  readonly mysql: { readonly version: string; readonly innodb_flush_log_at_trx_commit: number };
  readonly kafka: {
    readonly acks: number;
    readonly brokers: number;
    readonly stockLogReplicationFactor: number;
    readonly stockLogMinInsyncReplicas: number;
  };
}

/** The append-only file at least every second, acks=all, and a log flush for each commit. */
export function isDurable({ redis, mysql, kafka }: Settings): boolean {
  return (
    redis.appendonly === 'yes' &&
    ['everysec', 'always'].includes(redis.appendfsync) &&
    mysql.innodb_flush_log_at_trx_commit === 1 &&
    kafka.acks === ACKS_ALL
  );
}

export async function readSettings(environment: StackEnvironment): Promise<Settings> {
  const [redis, mysql, kafka] = await Promise.all([
    redisSettings(environment.redisUrl),
    mysqlSettings(environment.auditUrl),
    kafkaSettings(environment.kafkaBrokers),
  ]);
  return { redis, mysql, kafka };
}

async function redisSettings(url: string): Promise<Settings['redis']> {
  const redis = createRedis(url);
  await redis.connect();
  try {
    const [, appendonly = ''] = (await redis.config('GET', 'appendonly')) as string[];
    const [, appendfsync = ''] = (await redis.config('GET', 'appendfsync')) as string[];
    return { appendonly, appendfsync };
  } finally {
    redis.disconnect();
  }
}

async function mysqlSettings(url: string): Promise<Settings['mysql']> {
  const dataSource = createDataSource({ url, poolSize: 1 });
  await dataSource.initialize();
  try {
    const [row] = await selectRows<Settings['mysql']>(
      dataSource,
      'SELECT VERSION() AS version, @@innodb_flush_log_at_trx_commit AS innodb_flush_log_at_trx_commit',
    );
    if (row === undefined) throw new Error('MySQL did not say its settings');
    return { ...row };
  } finally {
    await dataSource.destroy();
  }
}

async function kafkaSettings(brokers: string): Promise<Settings['kafka']> {
  const admin = createKafka(brokers, 'bench', QUIET_LOG).admin();
  await admin.connect();
  try {
    const topic = TOPICS.stockLog.name;
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const replicas = topics[0]?.partitions.map((partition) => partition.replicas.length) ?? [];
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: ['min.insync.replicas'] }],
    });
    const { brokers: all } = await admin.describeCluster();
    return {
      acks: ACKS_ALL,
      brokers: all.length,
      stockLogReplicationFactor: Math.min(...replicas),
      stockLogMinInsyncReplicas: Number(resources[0]?.configEntries[0]?.configValue),
    };
  } finally {
    await admin.disconnect();
  }
}

/** The table on the screen is for the reader; what matters of kafkajs comes as an exception. */
export const QUIET_LOG: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
