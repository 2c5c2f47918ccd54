import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseContact } from '@floodgate/adapters/mysql';
import { createKafka, EventPublisher, OutboxRelay } from '@floodgate/adapters/kafka';
import { createRedis, type RedisClient } from '@floodgate/adapters/redis';
import { type IdSource } from '@floodgate/kernel';
import { type DynamicModule, Global, Module, type Provider } from '@nestjs/common';
import { type Kafka } from 'kafkajs';
import { LoggerModule } from 'nestjs-pino';
import { type Logger } from 'pino';
import { type DataSource } from 'typeorm';
import { v7 } from 'uuid';
import { NonCriticalCalls } from './breaker';
import { type BudgetConfig } from './budgets';
import { Consumers } from './consumers';
import { followDatabaseTime } from './database-time';
import { Health } from './health';
import { Hops, SAY_WHAT_IS_SLOW_EVERY_MS } from './hops';
import { Lifecycle } from './lifecycle';
import { createLog } from './log';
import { Metrics } from './metrics';
import { OpsController } from './ops.controller';
import { OutcomeFilter } from './outcome.filter';
import { shownClock } from './shown-clock';
import { type SyncedClock } from './synced-clock';
import { CLOCK, DATA_SOURCE, IDS, INSTANCE_ID, KAFKA, LOG, PUBLISHER, REDIS } from './tokens';

export interface KitOptions {
  readonly name: string;
  readonly config: BudgetConfig & {
    readonly LOG_LEVEL: string;
    readonly INSTANCE_ID?: string | undefined;
    readonly CLOCK_SYNC_EVERY_MS: number;
    readonly MYSQL_URL?: string;
    readonly MYSQL_POOL_SIZE?: number;
    readonly REDIS_URL?: string;
    readonly KAFKA_REQUEST_TIMEOUT_MS?: number;
    readonly KAFKA_BROKERS?: string;
    readonly CONSUMER_SESSION_MS?: number;
    readonly CONSUMER_STUCK_AFTER_MS?: number;
    readonly OUTBOX_POLL_EVERY_MS?: number;
  };
  /** Publish events from this service's outbox table. */
  readonly outbox?: boolean;
}

/**
 * What every service has: log, metrics, health, ids and clock, and a connection to each store its configuration names.
 * Redis and Kafka are waited for when they are away at start; without MySQL a service starts, and comes to life when it is there. Readiness says which is away.
 */
@Global()
@Module({})
export class KitModule {
  static forRoot(options: KitOptions): DynamicModule {
    const providers = [...base(options), ...stores(options)];
    return {
      module: KitModule,
      imports: [
        LoggerModule.forRootAsync({
          useFactory: () => ({
            pinoHttp: { logger: createLog(options.name, options.config.LOG_LEVEL), autoLogging: false },
            // Only Nest's own messages go through it: a middleware on every route would cost more than a refusal may.
            forRoutes: [],
          }),
        }),
      ],
      controllers: [OpsController],
      providers,
      exports: providers.map((provider) => ('provide' in provider ? provider.provide : provider)),
    };
  }
}

type NamedProvider = Exclude<Provider, DynamicModule>;

function base({ name, config }: KitOptions): NamedProvider[] {
  return [
    Health,
    Metrics,
    Lifecycle,
    OutcomeFilter,
    { provide: LOG, useFactory: () => createLog(name, config.LOG_LEVEL) },
    { provide: IDS, useValue: { next: () => v7() } satisfies IdSource },
    {
      provide: Hops,
      inject: [LOG, Metrics, Lifecycle],
      useFactory: (log: Logger, metrics: Metrics, lifecycle: Lifecycle): Hops => {
        const hops = new Hops(config, log, metrics);
        const timer = setInterval(() => hops.sayWhatIsSlow(), SAY_WHAT_IS_SLOW_EVERY_MS);
        lifecycle.onStop(() => clearInterval(timer));
        return hops;
      },
    },
    { provide: NonCriticalCalls, inject: [Metrics], useFactory: (metrics: Metrics) => new NonCriticalCalls(metrics) },
    { provide: INSTANCE_ID, useValue: config.INSTANCE_ID ?? `${name}-${randomUUID().slice(0, 8)}` },
  ];
}

function stores(options: KitOptions): NamedProvider[] {
  const { MYSQL_URL, REDIS_URL, KAFKA_BROKERS } = options.config;
  return [
    ...(MYSQL_URL === undefined ? [clockProvider()] : mysqlProviders(MYSQL_URL, options)),
    ...(REDIS_URL === undefined ? [] : [redisProvider(REDIS_URL)]),
    ...(KAFKA_BROKERS === undefined ? [] : kafkaProviders(KAFKA_BROKERS, options)),
    ...(KAFKA_BROKERS === undefined || MYSQL_URL === undefined ? [] : [consumersProvider(options)]),
  ];
}

/** Of a service without MySQL, which learns the time from answers of those that have it. */
function clockProvider(): NamedProvider {
  return { provide: CLOCK, inject: [Health, Metrics], useFactory: shownClock };
}

function mysqlProviders(url: string, { config }: KitOptions): NamedProvider[] {
  return [
    {
      provide: DatabaseContact,
      inject: [LOG, Health, Lifecycle],
      useFactory: async (log: Logger, health: Health, lifecycle: Lifecycle): Promise<DatabaseContact> => {
        const contact = new DatabaseContact({ url, poolSize: config.MYSQL_POOL_SIZE ?? 10 }, log);
        health.addReadiness('mysql', async () => {
          await contact.dataSource.query('SELECT 1');
        });
        lifecycle.onClose(() => contact.close());
        await contact.tried;
        return contact;
      },
    },
    {
      provide: DATA_SOURCE,
      inject: [DatabaseContact],
      useFactory: ({ dataSource }: DatabaseContact): DataSource => dataSource,
    },
    {
      provide: CLOCK,
      inject: [DATA_SOURCE, LOG, Lifecycle, Health, Metrics],
      useFactory: async (
        dataSource: DataSource,
        log: Logger,
        lifecycle: Lifecycle,
        health: Health,
        metrics: Metrics,
      ): Promise<SyncedClock> => {
        const clock = shownClock(health, metrics);
        const onError = (err: unknown) => log.warn({ err }, 'database time not measured');
        const end = await followDatabaseTime(clock, dataSource, config.CLOCK_SYNC_EVERY_MS, onError);
        lifecycle.onStop(end);
        return clock;
      },
    },
  ];
}

function redisProvider(url: string): NamedProvider {
  return {
    provide: REDIS,
    inject: [LOG, Health, Lifecycle],
    useFactory: async (log: Logger, health: Health, lifecycle: Lifecycle): Promise<RedisClient> => {
      const redis = createRedis(url);
      redis.on('error', (err) => log.warn({ err }, 'redis connection'));
      await waitFor('Redis', log, () => (redis.status === 'ready' ? Promise.resolve() : redis.connect()));
      health.addReadiness('redis', async () => {
        await redis.ping();
      });
      lifecycle.onClose(() => redis.disconnect());
      return redis;
    },
  };
}

function kafkaProviders(brokers: string, { name, config, outbox }: KitOptions): NamedProvider[] {
  return [
    {
      provide: KAFKA,
      inject: [LOG],
      useFactory: (log: Logger): Kafka => createKafka(brokers, name, log, config.KAFKA_REQUEST_TIMEOUT_MS),
    },
    {
      provide: PUBLISHER,
      inject: [KAFKA, LOG, Lifecycle],
      useFactory: async (kafka: Kafka, log: Logger, lifecycle: Lifecycle): Promise<EventPublisher> => {
        const publisher = new EventPublisher(kafka);
        await waitFor('Kafka', log, () => publisher.connect());
        lifecycle.onClose(() => publisher.disconnect());
        return publisher;
      },
    },
    ...(outbox === true ? [outboxProvider(config.OUTBOX_POLL_EVERY_MS ?? 50)] : []),
  ];
}

function consumersProvider({ config }: KitOptions): NamedProvider {
  return {
    provide: Consumers,
    inject: [KAFKA, DatabaseContact, PUBLISHER, LOG, Lifecycle, Health, Metrics],
    useFactory: (
      kafka: Kafka,
      database: DatabaseContact,
      publisher: EventPublisher,
      log: Logger,
      lifecycle: Lifecycle,
      health: Health,
      metrics: Metrics,
    ): Consumers =>
      new Consumers({
        kafka,
        database,
        publisher,
        log,
        lifecycle,
        health,
        metrics,
        sessionTimeoutMs: config.CONSUMER_SESSION_MS ?? 10_000,
        stuckAfterMs: config.CONSUMER_STUCK_AFTER_MS ?? 30_000,
      }),
  };
}

function outboxProvider(pollEveryMs: number): NamedProvider {
  return {
    provide: OutboxRelay,
    inject: [DATA_SOURCE, PUBLISHER, LOG, Lifecycle],
    useFactory: (dataSource: DataSource, publisher: EventPublisher, log: Logger, lifecycle: Lifecycle): OutboxRelay => {
      const relay = new OutboxRelay(dataSource, publisher, log, pollEveryMs);
      relay.start();
      lifecycle.onStop(() => relay.stop());
      return relay;
    },
  };
}

const START_WAIT_MS = 60_000;

/** Waits for a store at start. Gives up after a minute with the store's name, so that a wrong address does not hang for ever. */
async function waitFor(store: string, log: Logger, connect: () => Promise<unknown>): Promise<void> {
  const giveUpAt = performance.now() + START_WAIT_MS;
  for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 2_000)) {
    try {
      await connect();
      return;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      if (performance.now() > giveUpAt) throw new Error(`${store} cannot be reached: ${reason}`, { cause });
      log.warn({ reason }, `waiting for ${store}`);
      await sleep(waitMs);
    }
  }
}
