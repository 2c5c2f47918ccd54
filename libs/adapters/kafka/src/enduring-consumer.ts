import { setTimeout as sleep } from 'node:timers/promises';
import { type Consumer, type ConsumerConfig, type EachBatchPayload, type Kafka } from 'kafkajs';
import { type Log } from './kafka';

const RESTART_AFTER_MS = 1_000;
const SESSION_MS = 10_000;
const HEARTBEAT_EVERY_MS = 1_000;

const IDLE_WAIT_MS = 250;
// Some thousand events: beyond that a batch becomes no cheaper, but lives long enough to burden the garbage collector.
const BATCH_BYTES_MAX = 256 * 1024;

/**
 * Has the broker hold messages back until `gatherMs` have passed or a batch is full; 0: it hands them over at once. What one
 * partition holds beyond a batch comes with the next.
 */
export function gathering(gatherMs = 0): Pick<ConsumerConfig, 'minBytes' | 'maxBytesPerPartition' | 'maxWaitTimeInMs'> {
  const wait =
    gatherMs === 0
      ? { minBytes: 1, maxWaitTimeInMs: IDLE_WAIT_MS }
      : { minBytes: BATCH_BYTES_MAX, maxWaitTimeInMs: gatherMs };
  return { maxBytesPerPartition: BATCH_BYTES_MAX, ...wait };
}

/**
 * A kafkajs consumer that is begun anew when kafkajs gives it up for good, which it does after any error it does not know.
 * Otherwise the process would go on, and its topic would stand still in silence.
 */
export class EnduringConsumer {
  private consumer: Consumer;
  private stopping = false;
  /** The last consumer that is not to be used any more. */
  private givenUp: Consumer | undefined;
  private restarting: Promise<void> | undefined;

  constructor(
    private readonly kafka: Kafka,
    /** Made anew for each consumer. */
    private readonly config: () => ConsumerConfig,
    private readonly log: Pick<Log, 'error'>,
    /** Connects, subscribes and runs the consumer it is given. */
    private readonly begin: (consumer: Consumer) => Promise<void>,
  ) {
    this.consumer = this.create();
  }

  /** The consumer in use; another one after each new beginning. */
  get current(): Consumer {
    return this.consumer;
  }

  /** Resolves when it consumes: one that cannot begin is begun anew, as one that is given up later. One that was stopped before or meanwhile does not. */
  async start(): Promise<void> {
    if (this.stopping) return;
    try {
      await this.begin(this.consumer);
    } catch (err) {
      this.log.error({ err }, 'consumer cannot begin, trying again');
      this.replace(this.consumer);
      await this.restarting;
    }
    // Stopped meanwhile: it has connected again, whether it came to consume or not, after `stop` had ended it.
    if (this.hasStopped) await this.consumer.disconnect();
  }

  /** Resolves when the batch in hand has ended. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.restarting;
    await this.consumer.disconnect();
  }

  // Apart, because it changes while `start` waits.
  private get hasStopped(): boolean {
    return this.stopping;
  }

  /** Leaves the consumer in use to itself, and takes another. */
  beginAnew(): void {
    this.replace(this.consumer);
  }

  private create(): Consumer {
    const config = this.config();
    // Several beats fit into a session, so that a lost one does no harm.
    const heartbeatInterval = Math.min(HEARTBEAT_EVERY_MS, Math.floor((config.sessionTimeout ?? SESSION_MS) / 4));
    const consumer = this.kafka.consumer({ heartbeatInterval, allowAutoTopicCreation: false, ...config });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (payload.restart) return;
      this.log.error({ err: payload.error, group: config.groupId }, 'consumer was given up, beginning anew');
      this.replace(consumer);
    });
    return consumer;
  }

  /** Also while that consumer is still beginning: then another follows it. */
  private replace(consumer: Consumer): void {
    if (this.stopping || consumer !== this.consumer || this.givenUp === consumer) return;
    this.givenUp = consumer;
    this.restarting ??= this.restart();
  }

  private async restart(): Promise<void> {
    while (!this.stopping && this.givenUp === this.consumer) {
      this.endInBackground(this.consumer);
      await sleep(RESTART_AFTER_MS);
      this.consumer = this.create();
      try {
        await this.begin(this.consumer);
      } catch (err) {
        this.log.error({ err }, 'consumer cannot begin, trying again');
        this.givenUp = this.consumer;
      }
    }
    this.restarting = undefined;
  }

  // Not awaited: without its broker it takes long, and what it still has in hand is dropped by whoever looks at offsets.
  private endInBackground(consumer: Consumer): void {
    consumer.disconnect().catch((err: unknown) => this.log.error({ err }, 'consumer did not disconnect'));
  }
}

/** Keeps the group membership alive while `work` takes longer than a session. */
export async function withHeartbeat<T>(
  { heartbeat }: Pick<EachBatchPayload, 'heartbeat'>,
  work: () => Promise<T>,
): Promise<T> {
  // A heartbeat that fails means that the group moves on; kafkajs finds that out by itself when the batch has ended.
  const timer = setInterval(() => void heartbeat().catch(() => clearInterval(timer)), HEARTBEAT_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
