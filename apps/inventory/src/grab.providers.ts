import { type EventPublisher, whenKafkaAnswers } from '@floodgate/adapters/kafka';
import { type RedisClient } from '@floodgate/adapters/redis';
import { TOPICS } from '@floodgate/contracts';
import { type CacheWatch, GrabUnit, type PoolLevel } from '@floodgate/domain/inventory';
import { type Clock, type IdSource } from '@floodgate/kernel';
import { CLOCK, IDS, KAFKA, LOG, Metrics, PUBLISHER, REDIS } from '@floodgate/nest-kit';
import { type Kafka } from 'kafkajs';
import { type Logger } from 'pino';
import { Admissions } from './adapters/admissions';
import { KafkaStockLog } from './adapters/kafka-stock-log';
import { type LevelNow, StockLevelPublisher } from './adapters/stock-level-publisher';
import { StockLogFollower } from './adapters/stock-log-follower';
import { type Config } from './config';
import { CONFIG } from './tokens';

const stockLogProvider = {
  provide: KafkaStockLog,
  inject: [KAFKA, PUBLISHER, CLOCK, LOG],
  useFactory: async (kafka: Kafka, publisher: EventPublisher, clock: Clock, log: Logger): Promise<KafkaStockLog> => {
    const admin = kafka.admin();
    try {
      const { topics } = await whenKafkaAnswers(log, async () => {
        await admin.connect();
        return admin.fetchTopicMetadata({ topics: [TOPICS.stockLog.name] });
      });
      const partitions = topics[0]?.partitions.length ?? 0;
      if (partitions === 0)
        throw new Error(`the topic ${TOPICS.stockLog.name} has no partitions; run the set-up first`);
      return new KafkaStockLog(publisher, clock, partitions, log);
    } finally {
      await admin.disconnect();
    }
  },
};

const grabUnitProvider = {
  provide: GrabUnit,
  inject: [REDIS, KafkaStockLog, CLOCK, IDS, LOG, Metrics, CONFIG],
  useFactory: (
    redis: RedisClient,
    log: KafkaStockLog,
    clock: Clock,
    ids: IdSource,
    logger: Logger,
    metrics: Metrics,
    config: Config,
  ): GrabUnit => {
    const admissions = new Admissions(redis, {
      localQuota: {
        buffer: config.LOCAL_QUOTA_BUFFER,
        instances: config.LOCAL_QUOTA_INSTANCES,
        emptyForMs: config.LOCAL_QUOTA_EMPTY_MS,
      },
    });
    return new GrabUnit(
      { admissionFor: (pool) => admissions.for(pool), log, clock, ids, watch: watchCaches(logger, metrics) },
      {
        waitingMax: config.WAITING_PER_SHARD_MAX,
        pollAfterMs: config.GRAB_POLL_AFTER_MS,
        proposalTimeoutMs: config.PROPOSAL_TIMEOUT_MS,
      },
    );
  },
};

function watchCaches(log: Logger, metrics: Metrics): CacheWatch {
  const loads = metrics.counter(
    'inventory_shard_loads_total',
    'Shards loaded into the admission cache from their fold.',
  );
  const busy = metrics.counter(
    'inventory_loads_with_proposals_total',
    'Of those, with proposals on their way to the log.',
  );
  return {
    loaded: (_state, proposed) => {
      loads.inc();
      if (proposed > 0) busy.inc();
    },
    trouble: ({ id }, err) => log.warn({ err, shard: id }, 'admission cache in trouble, loading it anew'),
  };
}

const levelsProvider = {
  provide: StockLevelPublisher,
  inject: [REDIS, GrabUnit, LOG],
  useFactory: (redis: RedisClient, grabUnit: GrabUnit, log: Logger): StockLevelPublisher =>
    new StockLevelPublisher({ redis, levels: () => grabUnit.levels().map(levelNow), log }),
};

function levelNow({ pool, version, free, inTransit, final }: PoolLevel): LevelNow {
  const { campaignId, poolId, stock } = pool;
  return { campaignId, poolId, version: String(version), stock, free, inTransit, final };
}

const followerProvider = {
  provide: StockLogFollower,
  inject: [KAFKA, LOG, GrabUnit, StockLevelPublisher, Metrics],
  useFactory: (
    kafka: Kafka,
    log: Logger,
    grabUnit: GrabUnit,
    levels: StockLevelPublisher,
    metrics: Metrics,
  ): StockLogFollower => {
    const moves = metrics.counter('inventory_moves_total', 'Moves of units between shards that the log took.');
    return new StockLogFollower(kafka, log, ({ state, entry, effects }) => {
      grabUnit.folded(state, entry, effects);
      levels.changed();
      if (entry.record.kind === 'borrowed' && effects.every(({ kind }) => kind !== 'rejected')) moves.inc();
    });
  },
};

/** What decides grabs: the stock log's two ends, the desks, and what they tell the gateways. */
export const GRAB_PROVIDERS = [stockLogProvider, grabUnitProvider, levelsProvider, followerProvider];
