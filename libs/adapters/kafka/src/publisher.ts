import { type Topic } from '@floodgate/contracts';
import { type IHeaders, type Kafka, Partitioners, type Producer } from 'kafkajs';

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
      createPartitioner: Partitioners.DefaultPartitioner,
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

  /** Resolves when every message is acknowledged by all in-sync replicas. */
  async sendRaw(messages: readonly RawMessage[]): Promise<void> {
    if (messages.length === 0) return;
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
