import { EventConsumer, type EventPublisher, type ReceivedEvent } from '@floodgate/adapters/kafka';
import { type Topic, TOPICS } from '@floodgate/contracts';
import { type CacheWatch, GrabUnit } from '@floodgate/domain/inventory';
import { type Clock, type IdSource } from '@floodgate/kernel';
import {
  CLOCK,
  DATA_SOURCE,
  Health,
  IDS,
  KAFKA,
  KitModule,
  Lifecycle,
  LOG,
  Metrics,
  PeriodicJob,
  PlanFollowerModule,
  PUBLISHER,
  REDIS,
} from '@floodgate/nest-kit';
import { type DynamicModule, Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { type Kafka } from 'kafkajs';
import { type Logger } from 'pino';
import { type DataSource } from 'typeorm';
import { KafkaStockLog } from './adapters/kafka-stock-log';
import { RedisAdmission } from './adapters/redis-admission';
import { StockLogFollower } from './adapters/stock-log-follower';
import { type Config } from './config';
import { createShards } from './consumers/create-shards';
import { endGrabs, type OrderEnded } from './consumers/end-grabs';
import { Recorder } from './consumers/recorder.consumer';
import { InventoryController } from './grpc/inventory.controller';
import { CONFIG } from './tokens';

const DEAD_LETTER = 'inventory.dead-letter.v1';
const TEND_EVERY_MS = 1_000;

@Module({})
export class InventoryModule implements OnApplicationBootstrap {
  static register(config: Config): DynamicModule {
    return {
      module: InventoryModule,
      imports: [
        KitModule.forRoot({ name: 'inventory', config }),
        PlanFollowerModule.forRoot({ app: 'inventory', config }),
      ],
      controllers: [InventoryController],
      providers: [{ provide: CONFIG, useValue: config }, stockLogProvider, grabUnitProvider, followerProvider],
    };
  }

  constructor(
    @Inject(KAFKA) private readonly kafka: Kafka,
    @Inject(DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(PUBLISHER) private readonly publisher: EventPublisher,
    @Inject(LOG) private readonly log: Logger,
    private readonly lifecycle: Lifecycle,
    private readonly health: Health,
    private readonly metrics: Metrics,
    private readonly grabUnit: GrabUnit,
    private readonly stockLog: KafkaStockLog,
    private readonly follower: StockLogFollower,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.lifecycle.onClose(() => this.stockLog.stop());
    await this.follower.start();
    this.lifecycle.onClose(() => this.follower.stop());
    this.health.addReadiness('stock-log', () => {
      const { trouble } = this.follower;
      if (trouble !== undefined) throw new Error(trouble);
    });
    await this.startRecorder();
    await this.consume('inventory.create-shards', TOPICS.campaignPublished, (events) =>
      createShards(events, this.stockLog, this.grabUnit),
    );
    const end = (events: readonly ReceivedEvent<OrderEnded>[]) => endGrabs(events, this.stockLog, this.grabUnit);
    await this.consume('inventory.end-expired', TOPICS.orderExpired, end);
    await this.consume('inventory.end-cancelled', TOPICS.orderCancelled, end);
    this.tend();
    this.measure();
  }

  private async startRecorder(): Promise<void> {
    const recorded = this.metrics.counter('recorder_batches_total', 'Batches of the stock log recorded in MySQL.');
    const recorder = new Recorder({
      kafka: this.kafka,
      dataSource: this.dataSource,
      publisher: this.publisher,
      log: this.log,
      onProgress: () => recorded.inc(),
    });
    await recorder.start();
    this.lifecycle.onStop(() => recorder.stop());
  }

  private async consume<T>(
    consumer: string,
    topic: Topic<T>,
    take: (events: readonly ReceivedEvent<T>[]) => Promise<void>,
  ): Promise<void> {
    const eventConsumer = new EventConsumer<T>({
      kafka: this.kafka,
      dataSource: this.dataSource,
      publisher: this.publisher,
      log: this.log,
      consumer,
      topic,
      deadLetterTopic: DEAD_LETTER,
      handle: (events) => take(events),
    });
    await eventConsumer.start();
    this.lifecycle.onStop(() => eventConsumer.stop());
  }

  private tend(): void {
    const job = new PeriodicJob({
      name: 'tend-shards',
      everyMs: TEND_EVERY_MS,
      round: async () => {
        if (this.follower.caughtUp) await this.grabUnit.tend(this.follower);
        return false;
      },
      log: this.log,
    });
    job.start();
    this.lifecycle.onStop(() => job.stop());
  }

  private measure(): void {
    const waiting = this.metrics.gauge('grabs_waiting', 'Grabs on their way through the stock log.');
    const timer = setInterval(() => waiting.set(this.grabUnit.waitingCount()), 1_000);
    this.lifecycle.onStop(() => clearInterval(timer));
  }
}

const stockLogProvider = {
  provide: KafkaStockLog,
  inject: [KAFKA, PUBLISHER, CLOCK, LOG],
  useFactory: async (kafka: Kafka, publisher: EventPublisher, clock: Clock, log: Logger): Promise<KafkaStockLog> => {
    const admin = kafka.admin();
    await admin.connect();
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [TOPICS.stockLog.name] });
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
    redis: Redis,
    log: KafkaStockLog,
    clock: Clock,
    ids: IdSource,
    logger: Logger,
    metrics: Metrics,
    config: Config,
  ): GrabUnit => {
    const admission = new RedisAdmission(redis);
    return new GrabUnit(
      { admissionFor: () => admission, log, clock, ids, watch: watchCaches(logger, metrics) },
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
  const busy = metrics.counter('inventory_loads_with_proposals_total', 'Of those, with grabs under way.');
  return {
    loaded: (_state, waiting) => {
      loads.inc();
      if (waiting > 0) busy.inc();
    },
    trouble: ({ id }, err) => log.warn({ err, shard: id }, 'admission cache in trouble, loading it anew'),
  };
}

const followerProvider = {
  provide: StockLogFollower,
  inject: [KAFKA, LOG, GrabUnit, Metrics],
  useFactory: (kafka: Kafka, log: Logger, grabUnit: GrabUnit, metrics: Metrics): StockLogFollower => {
    const moves = metrics.counter('inventory_moves_total', 'Moves of units between shards that the log took.');
    return new StockLogFollower(kafka, log, ({ state, entry, effects }) => {
      grabUnit.folded(state, entry, effects);
      if (entry.record.kind === 'borrowed' && effects.every(({ kind }) => kind !== 'rejected')) moves.inc();
    });
  },
};
