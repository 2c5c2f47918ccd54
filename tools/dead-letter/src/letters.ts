import { setTimeout as sleep } from 'node:timers/promises';
import { type DeadLetter, type EventPublisher, readDeadLetter, withLetter } from '@floodgate/adapters/kafka';
import { selectRows, type Sql } from '@floodgate/adapters/mysql';
import { StackTrouble } from '@floodgate/tools/stack';
import { type Kafka, type KafkaMessage } from 'kafkajs';
import { readTopic } from './read-topic';

/** One message that a consumer set aside, however often it did. */
export interface Letter extends DeadLetter {
  /** `consumer@partition:offset`, where it first stood. */
  readonly id: string;
  readonly message: KafkaMessage;
  /** When it was last set aside, ms since 1970. */
  readonly setAsideAtMs: number;
  readonly timesSetAside: number;
  /** It came back, and its consumer took it. */
  readonly isTaken: boolean;
}

export interface LettersOptions {
  readonly kafka: Kafka;
  readonly publisher: EventPublisher;
  /** May read the service's schema. */
  readonly sql: Sql;
  readonly schema: string;
  readonly deadLetterTopic: string;
  readonly replayTopic: string;
}

/** What became of a letter that was sent back. */
export type Fate = 'taken' | 'set-aside-again' | 'waiting';

const POLL_MS = 250;

/** The dead letters of one service. */
export class Letters {
  constructor(private readonly options: LettersOptions) {}

  /** All of them, oldest first. */
  async list(): Promise<Letter[]> {
    const messages = (await readTopic(this.options.kafka, this.options.deadLetterTopic)).map(({ message }) => message);
    messages.sort((a, b) => Number(a.timestamp) - Number(b.timestamp));
    const taken = await this.taken();
    const letters = new Map<string, Letter>();
    for (const message of messages) {
      const letter = readDeadLetter(message.headers);
      if (letter === undefined) continue;
      const { consumer, topic, partition, offset } = letter;
      const id = idOf(letter);
      const known = letters.get(`${topic}/${id}`);
      letters.set(`${topic}/${id}`, {
        ...letter,
        id,
        message,
        setAsideAtMs: Number(message.timestamp),
        timesSetAside: (known?.timesSetAside ?? 0) + 1,
        isTaken: taken.has(keyOf(consumer, topic, partition, offset)),
      });
    }
    return [...letters.values()];
  }

  /** @throws StackTrouble when there is none, or several, with this id. */
  async find(id: string): Promise<Letter> {
    const all = await this.list();
    const found = all.filter((letter) => letter.id === id);
    const [one, another] = found;
    if (one === undefined)
      throw new StackTrouble(`${this.options.deadLetterTopic} has no dead letter ${id}; "list" shows ${all.length}.`);
    if (another !== undefined)
      throw new StackTrouble(
        `There are ${found.length} dead letters ${id}, of topics of different times; replay them with --all.`,
      );
    return one;
  }

  /** Sends letters back to their consumers, and waits for what becomes of them for at most `waitMsMax`. */
  async replay(letters: readonly Letter[], waitMsMax: number): Promise<Map<Letter, Fate>> {
    const { publisher, replayTopic } = this.options;
    await publisher.sendRaw(letters.map((letter) => withLetter(replayTopic, letter.message, letter)));
    const giveUpAt = performance.now() + waitMsMax;
    for (;;) {
      const fates = await this.fatesOf(letters);
      const isDecided = [...fates.values()].every((fate) => fate !== 'waiting');
      if (isDecided || performance.now() > giveUpAt) return fates;
      await sleep(POLL_MS);
    }
  }

  private async fatesOf(letters: readonly Letter[]): Promise<Map<Letter, Fate>> {
    const now = new Map((await this.list()).map((letter) => [`${letter.topic}/${letter.id}`, letter]));
    return new Map(
      letters.map((letter) => {
        const current = now.get(`${letter.topic}/${letter.id}`);
        if (current?.isTaken === true) return [letter, 'taken'];
        return [letter, (current?.timesSetAside ?? 0) > letter.timesSetAside ? 'set-aside-again' : 'waiting'];
      }),
    );
  }

  private async taken(): Promise<Set<string>> {
    const rows = await selectRows<{ consumer: string; topic: string; partition: number; offset: number }>(
      this.options.sql,
      `SELECT consumer, topic, partition_no AS \`partition\`, message_offset AS \`offset\`
       FROM ${this.options.schema}.replayed_messages`,
    );
    return new Set(rows.map(({ consumer, topic, partition, offset }) => keyOf(consumer, topic, partition, offset)));
  }
}

const keyOf = (consumer: string, topic: string, partition: number, offset: number | string): string =>
  `${consumer}/${topic}/${partition}/${offset}`;

const idOf = ({ consumer, partition, offset }: DeadLetter): string => `${consumer}@${partition}:${offset}`;
