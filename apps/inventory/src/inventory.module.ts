import { type EventPublisher, type ReceivedEvent } from '@floodgate/adapters/kafka';
import { type Topic, TOPICS } from '@floodgate/contracts';
import { GrabUnit } from '@floodgate/domain/inventory';
import {
  Consumers,
  DATA_SOURCE,
  Health,
  KAFKA,
  KitModule,
  Lifecycle,
  LOG,
  Metrics,
  PeriodicJob,
  PlanFollowerModule,
  PUBLISHER,
} from '@floodgate/nest-kit';
import { type DynamicModule, Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { type Kafka } from 'kafkajs';
import { type Logger } from 'pino';
import { type DataSource } from 'typeorm';
import { KafkaStockLog } from './adapters/kafka-stock-log';
import { StockLevelPublisher } from './adapters/stock-level-publisher';
import { StockLogFollower } from './adapters/stock-log-follower';
import { type Config } from './config';
import { createShards, createShares } from './consumers/create-shards';
import { endGrabs, type OrderEnded } from './consumers/end-grabs';
import { Recorder } from './consumers/recorder.consumer';
import { GRAB_PROVIDERS } from './grab.providers';
import { InventoryController } from './grpc/inventory.controller';
import { PacketsController } from './grpc/packets.controller';
import { StoreChecks } from './store-checks';
import { CONFIG } from './tokens';

const DEAD_LETTER = 'inventory.dead-letter.v1';
const REPLAY = 'inventory.replay.v1';
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
      controllers: [InventoryController, PacketsController],
      providers: [{ provide: CONFIG, useValue: config }, StoreChecks, ...GRAB_PROVIDERS],
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
    private readonly consumers: Consumers,
    private readonly grabUnit: GrabUnit,
    private readonly stockLog: KafkaStockLog,
    private readonly follower: StockLogFollower,
    private readonly levels: StockLevelPublisher,
    @Inject(CONFIG) private readonly config: Config,
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
    await this.consume('inventory.create-shares', TOPICS.sharesFixed, (events) =>
      createShares(events, this.stockLog, this.grabUnit),
    );
    const end = (events: readonly ReceivedEvent<OrderEnded>[]) => endGrabs(events, this.stockLog, this.grabUnit);
    await this.consume('inventory.end-expired', TOPICS.orderExpired, end);
    await this.consume('inventory.end-cancelled', TOPICS.orderCancelled, end);
    this.levels.start();
    this.lifecycle.onStop(() => this.levels.stop());
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
      sessionTimeoutMs: this.config.CONSUMER_SESSION_MS,
    });
    await this.consumers.run(recorder);
  }

  private async consume<T>(
    consumer: string,
    topic: Topic<T>,
    take: (events: readonly ReceivedEvent<T>[]) => Promise<void>,
  ): Promise<void> {
    await this.consumers.consume<T>({
      consumer,
      topic,
      deadLetterTopic: DEAD_LETTER,
      replayTopic: REPLAY,
      handle: (events) => take(events),
    });
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
