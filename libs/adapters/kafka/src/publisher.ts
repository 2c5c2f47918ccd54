import { type Topic } from '@floodgate/contracts';
import { type IHeaders, type Kafka, type Producer } from 'kafkajs';
import { keyPartitioner } from './partitioner';

export interface OutgoingEvent<T> {
  /** Keeps one user's events in order: the userId, see topics.json for the exceptions. */
  readonly key: string;
  readonly message: T;
  readonly headers?: IHeaders;
}

export interface RawMessage {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
  readonly headers?: IHeaders;
  readonly partition?: number;
}

/** Every in-sync replica has the message before it counts as sent. */
export const ACKS_ALL = -1;

// All of a send's messages for one partition are one batch to the broker, which refuses more than 1 MB by default, again and
// again however often it is tried. How they fall to partitions is not known here, so the limit is on all together.
const SEND_BYTES_MAX = 768 * 1024;
/** What a record costs besides its key, value and headers, generously. */
const RECORD_BYTES = 64;

/**
 * Sends events with acks=all. A send that throws may still have arrived: receivers drop what they have seen (eventId).
 * Not kafkajs's idempotent producer, which lost acknowledged messages under concurrent sends.
 */
export class EventPublisher {
  private readonly producer: Producer;

  constructor(kafka: Kafka) {
    this.producer = kafka.producer({
      allowAutoTopicCreation: false,
      maxInFlightRequests: 16,
      createPartitioner: keyPartitioner,
    });
  }

  async connect(): Promise<void> {
    await this.producer.connect();
  }

  async disconnect(): Promise<void> {
    await this.producer.disconnect();
  }

  async publish<T>(topic: Topic<T>, events: readonly OutgoingEvent<T>[]): Promise<void> {
    await this.sendRaw(
      events.map(({ key, message, headers }) => ({
        topic: topic.name,
        key,
        value: JSON.stringify(topic.codec.toJSON(message)),
        ...(headers && { headers }),
      })),
    );
  }

  /**
   * Resolves when every message is acknowledged by all in-sync replicas. Many leave in several sends, one after the other; when
   * it throws, some may have arrived and others not.
   */
  async sendRaw(messages: readonly RawMessage[]): Promise<void> {
    for (const part of partsWithin(SEND_BYTES_MAX, messages)) await this.sendOnce(part);
  }

  private async sendOnce(messages: readonly RawMessage[]): Promise<void> {
    const byTopic = new Map<string, RawMessage[]>();
    for (const message of messages) {
      const list = byTopic.get(message.topic);
      if (list) list.push(message);
      else byTopic.set(message.topic, [message]);
    }
    await this.producer.sendBatch({
      acks: ACKS_ALL,
      topicMessages: [...byTopic].map(([topic, list]) => ({
        topic,
        messages: list.map(({ key, value, headers, partition }) => ({
          key,
          value,
          ...(headers && { headers }),
          ...(partition !== undefined && { partition }),
        })),
      })),
    });
  }
}

/** In their order, each part as long as the limit allows; a message beyond the limit is a part of its own. */
function* partsWithin(bytesMax: number, messages: readonly RawMessage[]): Generator<readonly RawMessage[]> {
  let part: RawMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = bytesOf(message);
    if (part.length > 0 && bytes + size > bytesMax) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(message);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

function bytesOf({ key, value, headers = {} }: RawMessage): number {
  return RECORD_BYTES + Buffer.byteLength(key) + Buffer.byteLength(value) + Buffer.byteLength(JSON.stringify(headers));
}
