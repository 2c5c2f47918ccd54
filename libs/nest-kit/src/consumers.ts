import { setTimeout as sleep } from 'node:timers/promises';
import {
  EventConsumer,
  type EventConsumerOptions,
  type EventPublisher,
  ProgressWatchdog,
  type Watched,
} from '@floodgate/adapters/kafka';
import { type DatabaseContact, isDatabaseAway } from '@floodgate/adapters/mysql';
import { type Admin, type Kafka, KafkaJSError } from 'kafkajs';
import { type Counter, type Gauge } from 'prom-client';
import { type Logger } from 'pino';
import { type Health } from './health';
import { type Lifecycle } from './lifecycle';
import { type Metrics } from './metrics';

/** What an app says of one of its consumers; the rest is the same for all. */
export type Consumption<T> = Pick<
  EventConsumerOptions<T>,
  | 'consumer'
  | 'topic'
  | 'deadLetterTopic'
  | 'replayTopic'
  | 'wants'
  | 'handle'
  | 'gatherMs'
  | 'pace'
  | 'partitionsAtATime'
>;

const AGAIN_AFTER_MS = 1_000;
const WAITS = 'waits for MySQL, which was never reached';

/** A consumer that this process runs. */
export interface RunningConsumer extends Watched {
  /** Why it does not consume, until somebody has looked and starts it again; undefined while it does. */
  readonly halted: string | undefined;
  /** What it tries in vain at the moment; undefined when nothing. */
  readonly trouble: string | undefined;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface ConsumersParts {
  readonly kafka: Kafka;
  readonly database: DatabaseContact;
  readonly publisher: EventPublisher;
  readonly log: Logger;
  readonly lifecycle: Lifecycle;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly sessionTimeoutMs: number;
  /** How long messages may wait for a consumer without a sign of life from it. */
  readonly stuckAfterMs: number;
}

/**
 * Starts this process's consumers, stops them in order, and shows how they are: one that has halted makes the process not
 * ready, one that is stuck makes it not live, and one that tries in vain is a notice, since the process serves on.
 */
export class Consumers {
  private readonly lag: Gauge<'consumer'>;
  private readonly trouble: Gauge<'consumer'>;
  private readonly late: Counter<'consumer'>;
  private admin: Promise<Admin> | undefined;
  /** Why those have not started that have not, by name. */
  private readonly waiting = new Map<string, string>();
  private isStopping = false;

  constructor(private readonly parts: ConsumersParts) {
    this.lag = parts.metrics.gauge('consumer_lag', 'Messages that wait for a consumer of this process.', ['consumer']);
    const help = '1 while a consumer has halted, is stuck or tries something in vain: somebody must look.';
    const lateHelp = 'Events taken after whoever sent the request that caused them had stopped waiting.';
    this.late = parts.metrics.counter('consumer_late_events_total', lateHelp, ['consumer']);
    this.trouble = parts.metrics.gauge('consumer_trouble', help, ['consumer']);
  }

  async consume<T>(consumption: Consumption<T>): Promise<void> {
    const { kafka, database, publisher, log, sessionTimeoutMs } = this.parts;
    const { dataSource } = database;
    const handle: Consumption<T>['handle'] = async (events, tx) => {
      await consumption.handle(events, tx);
      const nowMs = Date.now();
      const late = events.filter(({ awaitedUntilMs }) => awaitedUntilMs !== undefined && awaitedUntilMs < nowMs);
      if (late.length > 0) this.late.inc({ consumer: consumption.consumer }, late.length);
    };
    await this.run(new EventConsumer({ kafka, dataSource, publisher, log, sessionTimeoutMs, ...consumption, handle }));
  }

  /**
   * Starts a consumer and looks after it until the process stops. While MySQL has never been reached it resolves at once, and the consumer starts when MySQL is
   * there. A store that goes away while the consumer starts ends no process either: the consumer starts when it is back.
   */
  async run(consumer: RunningConsumer): Promise<void> {
    const { database, health, lifecycle } = this.parts;
    const { name } = consumer;
    const { isInitialized } = database.dataSource;
    this.waiting.set(name, isInitialized ? 'has not started yet' : WAITS);
    lifecycle.onStop(() => {
      this.isStopping = true;
      return consumer.stop();
    });
    health.addReadiness(`consumer ${name}`, () => complain(this.waiting.get(name) ?? consumer.halted));
    health.addNotice(`consumer ${name}`, () => complain(consumer.trouble));
    if (isInitialized && (await this.begin(consumer))) return;
    void this.beginLater(consumer, isInitialized ? AGAIN_AFTER_MS : 0);
  }

  /** Never rejects: what goes wrong is said, and tried again. */
  private async beginLater(consumer: RunningConsumer, waitMs: number): Promise<void> {
    await this.parts.database.made;
    await sleep(waitMs, undefined, { ref: false });
    while (!this.isStopping && !(await this.begin(consumer))) await sleep(AGAIN_AFTER_MS, undefined, { ref: false });
  }

  /** One attempt, from where the last one came to. False when it must be made again, which is said. */
  private async begin(consumer: RunningConsumer): Promise<boolean> {
    try {
      if (this.waiting.has(consumer.name)) await consumer.start();
      this.waiting.delete(consumer.name);
      // What stops would not be told to whoever begins to look after it now.
      if (this.isStopping) return true;
      await this.watch(consumer);
      return true;
    } catch (error) {
      this.sayWaiting(consumer.name, error);
      return false;
    }
  }

  private sayWaiting(consumer: string, err: unknown): void {
    const { log } = this.parts;
    const reason = err instanceof Error ? err.message : String(err);
    if (this.waiting.has(consumer)) this.waiting.set(consumer, `has not started yet: ${reason}`);
    const store = storeThatIsAway(err);
    if (store !== undefined) log.warn({ reason, consumer }, `waiting for ${store} to start a consumer`);
    else log.error({ err, consumer }, 'consumer does not start, trying again');
  }

  private async watch(consumer: RunningConsumer): Promise<void> {
    const { health, lifecycle, log, stuckAfterMs } = this.parts;
    const admin = await this.connectedAdmin();
    const watchdog = new ProgressWatchdog({
      watched: consumer,
      admin,
      log,
      stuckAfterMs,
      onLook: (lag) => {
        if (lag !== undefined) this.lag.set({ consumer: consumer.name }, lag);
        const reason = consumer.halted ?? watchdog.verdict ?? consumer.trouble;
        this.trouble.set({ consumer: consumer.name }, reason === undefined ? 0 : 1);
      },
    });
    health.addLiveness(`consumer ${consumer.name}`, () => complain(watchdog.verdict));
    watchdog.start();
    lifecycle.onStop(() => watchdog.stop());
  }

  /** One for all of them. */
  private connectedAdmin(): Promise<Admin> {
    this.admin ??= this.connectAdmin().catch((error: unknown) => {
      this.admin = undefined;
      throw error;
    });
    return this.admin;
  }

  private async connectAdmin(): Promise<Admin> {
    const admin = this.parts.kafka.admin();
    await admin.connect();
    this.parts.lifecycle.onClose(() => admin.disconnect());
    return admin;
  }
}

function storeThatIsAway(error: unknown): string | undefined {
  if (isDatabaseAway(error)) return 'MySQL';
  return error instanceof KafkaJSError ? 'Kafka' : undefined;
}

function complain(reason: string | undefined): void {
  if (reason !== undefined) throw new Error(reason);
}
