import {
  EventConsumer,
  type EventConsumerOptions,
  type EventPublisher,
  ProgressWatchdog,
  type Watched,
} from '@floodgate/adapters/kafka';
import { type Admin, type Kafka } from 'kafkajs';
import { type Gauge } from 'prom-client';
import { type Logger } from 'pino';
import { type DataSource } from 'typeorm';
import { type Health } from './health';
import { type Lifecycle } from './lifecycle';
import { type Metrics } from './metrics';

/** What an app says of one of its consumers; the rest is the same for all. */
export type Consumption<T> = Pick<
  EventConsumerOptions<T>,
  'consumer' | 'topic' | 'deadLetterTopic' | 'replayTopic' | 'wants' | 'handle' | 'gatherMs'
>;

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
  readonly dataSource: DataSource;
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
  private admin: Promise<Admin> | undefined;

  constructor(private readonly parts: ConsumersParts) {
    this.lag = parts.metrics.gauge('consumer_lag', 'Messages that wait for a consumer of this process.', ['consumer']);
    const help = '1 while a consumer has halted, is stuck or tries something in vain: somebody must look.';
    this.trouble = parts.metrics.gauge('consumer_trouble', help, ['consumer']);
  }

  async consume<T>(consumption: Consumption<T>): Promise<void> {
    const { kafka, dataSource, publisher, log, sessionTimeoutMs } = this.parts;
    await this.run(new EventConsumer({ kafka, dataSource, publisher, log, sessionTimeoutMs, ...consumption }));
  }

  /** Starts a consumer and looks after it until the process stops. */
  async run(consumer: RunningConsumer): Promise<void> {
    const { health, lifecycle, log, stuckAfterMs } = this.parts;
    const admin = await this.connectedAdmin();
    lifecycle.onStop(() => consumer.stop());
    health.addReadiness(`consumer ${consumer.name}`, () => complain(consumer.halted));
    health.addNotice(`consumer ${consumer.name}`, () => complain(consumer.trouble));
    await consumer.start();
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
    this.admin ??= (async () => {
      const admin = this.parts.kafka.admin();
      this.parts.lifecycle.onClose(() => admin.disconnect());
      await admin.connect();
      return admin;
    })();
    return this.admin;
  }
}

function complain(reason: string | undefined): void {
  if (reason !== undefined) throw new Error(reason);
}
