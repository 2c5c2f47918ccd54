import { type IHeaders, type KafkaMessage } from 'kafkajs';
import { type RawMessage } from './publisher';

/** Where a message stood when a consumer set it aside. */
export interface Origin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface DeadLetter extends Origin {
  readonly consumer: string;
  readonly error: string;
}

/**
 * The message as it was, under headers that say who set it aside, where it stood and why: as a dead letter, and in the same
 * form on its way back to that consumer.
 */
export function withLetter(
  topic: string,
  message: Pick<KafkaMessage, 'key' | 'value'>,
  letter: DeadLetter,
): RawMessage {
  return {
    topic,
    key: message.key?.toString() ?? '',
    value: message.value?.toString() ?? '',
    headers: {
      'fg-topic': letter.topic,
      'fg-partition': String(letter.partition),
      'fg-offset': String(letter.offset),
      'fg-consumer': letter.consumer,
      'fg-error': letter.error,
    },
  };
}

/** What a dead letter's headers say; undefined for a message without them. */
export function readDeadLetter(headers: IHeaders | undefined): DeadLetter | undefined {
  const text = (name: string): string => headers?.[name]?.toString() ?? '';
  const [topic, partition, offset, consumer] = [
    text('fg-topic'),
    text('fg-partition'),
    text('fg-offset'),
    text('fg-consumer'),
  ];
  if (topic === '' || consumer === '' || !/^\d+$/.test(partition) || !/^\d+$/.test(offset)) return undefined;
  return { topic, partition: Number(partition), offset: Number(offset), consumer, error: text('fg-error') };
}
