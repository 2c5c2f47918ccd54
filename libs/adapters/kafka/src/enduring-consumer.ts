import { setTimeout as sleep } from 'node:timers/promises';
import { type Consumer, type ConsumerConfig, type EachBatchPayload, type Kafka } from 'kafkajs';
import { type Log } from './kafka';

const RESTART_AFTER_MS = 1_000;
const SESSION_MS = 10_000;
const HEARTBEAT_EVERY_MS = 1_000;

const IDLE_WAIT_MS = 250;
const GATHERED_BYTES_MAX = 1024 * 1024;

/** Has the broker hold messages back until `gatherMs` have passed or a mebibyte is there; 0: it hands them over at once. */
export function gathering(gatherMs = 0): Pick<ConsumerConfig, 'minBytes' | 'maxWaitTimeInMs'> {
  return gatherMs === 0
    ? { minBytes: 1, maxWaitTimeInMs: IDLE_WAIT_MS }
    : { minBytes: GATHERED_BYTES_MAX, maxWaitTimeInMs: gatherMs };
}

/**
 * A kafkajs consumer that is begun anew when kafkajs gives it up for good, which it does after any error it does not know.
 * Otherwise the process would go on, and its topic would stand still in silence.
 */
export class EnduringConsumer {
  private consumer: Consumer;
  private stopping = false;
  private restarting: Promise<void> | undefined;

  constructor(
    private readonly kafka: Kafka,
    private readonly config: ConsumerConfig,
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

  async start(): Promise<void> {
    await this.begin(this.consumer);
  }

  /** Resolves when the batch in hand has ended. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.restarting;
    await this.consumer.disconnect();
  }

  private create(): Consumer {
    const { sessionTimeout = SESSION_MS } = this.config;
    // Several beats fit into a session, so that a lost one does no harm.
    const heartbeatInterval = Math.min(HEARTBEAT_EVERY_MS, Math.floor(sessionTimeout / 4));
    const consumer = this.kafka.consumer({ heartbeatInterval, allowAutoTopicCreation: false, ...this.config });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (payload.restart || this.stopping || consumer !== this.consumer) return;
      this.restarting = this.restart(payload.error);
    });
    return consumer;
  }

  private async restart(error: unknown): Promise<void> {
    this.log.error({ err: error, group: this.config.groupId }, 'consumer was given up, beginning anew');
    while (!this.stopping) {
      await sleep(RESTART_AFTER_MS);
      this.consumer = this.create();
      try {
        await this.begin(this.consumer);
        return;
      } catch (err) {
        this.log.error({ err, group: this.config.groupId }, 'consumer cannot begin, trying again');
        await this.consumer.disconnect().catch((cause: unknown) => {
          this.log.error({ err: cause, group: this.config.groupId }, 'consumer did not disconnect');
        });
      }
    }
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
