import { execute, inTransaction, type Sql } from '@floodgate/adapters/mysql';
import { type KafkaMessage } from 'kafkajs';
import { ConsumerOffsets, recordHash, type StoredOffset } from './consumer-offsets';
import { type DeadLetter, readDeadLetter, withLetter } from './dead-letter';
import { type EventConsumerOptions, PoisonMessage, type ReceivedEvent } from './event-consumer-options';
import { EVENT_DEADLINE_HEADER } from './event-headers';
import { beginsTooLate, endsTooSoon, OtherLog } from './topic-identity';

/** What was read is not what comes next: reading goes on at `readFrom`. */
export class OutOfStep extends Error {
  constructor(readonly readFrom: number) {
    super(`reading goes on at ${readFrom}`);
  }
}

interface Incoming<T> {
  readonly offset: number;
  readonly event: ReceivedEvent<T>;
  /** Where it was set aside before; undefined for a message that comes straight from its topic. */
  readonly replayed: DeadLetter | undefined;
}

/** Takes one partition's messages in order, each once, rows and offset in one transaction. */
export class PartitionIntake<T> {
  private readonly offsets: ConsumerOffsets;
  /** The next offset, as far as this process knows; MySQL may be further on, and after a restored backup less far. */
  private known: number;
  /** MySQL and the log were seen to meet since this process was given the partition. */
  private hasMet = false;
  private soughtTo: number | undefined;

  constructor(
    private readonly options: EventConsumerOptions<T>,
    private readonly topic: string,
    private readonly partition: number,
    nextOffset: number,
  ) {
    this.offsets = new ConsumerOffsets(options.consumer, topic);
    this.known = nextOffset;
  }

  /** Reading begins with the last message that was taken, so that the log can be compared with what was noted of it. */
  get readFrom(): number {
    return Math.max(this.known - 1, 0);
  }

  /** Somebody else may have had the partition, or the log may have been changed, since it was last read. */
  forget(): void {
    this.hasMet = false;
  }

  /**
   * @param end of the log, exclusive.
   * @throws PoisonMessage when one of the messages can never be taken; OutOfStep when they are not what comes next; OtherLog
   *   when this is not the log that was taken so far; anything else is trouble that passes.
   */
  async take(messages: readonly KafkaMessage[], end: number): Promise<void> {
    const last = messages.at(-1);
    if (last === undefined) return;
    const fresh = messages.filter(({ offset }) => Number(offset) >= this.known);
    const wanted = fresh.flatMap((message) => this.decode(message) ?? []);
    const to = { nextOffset: Number(last.offset) + 1, lastHash: recordHash(last) };
    if (!(wanted.length === 0 && fresh.length > 0 && (await this.passOver(fresh, to))))
      await inTransaction(this.options.dataSource, (tx) => this.takeIn(tx, { messages, wanted, end, to }));
    this.hasMet = true;
    this.soughtTo = undefined;
    this.known = Math.max(this.known, to.nextOffset);
  }

  /** To the dead letter, and past it, unless it was taken meanwhile. Throws as take does. */
  async setAside(message: KafkaMessage, end: number, cause: unknown): Promise<DeadLetter> {
    const { publisher, dataSource, consumer, deadLetterTopic } = this.options;
    const offset = Number(message.offset);
    const origin = this.replayed(message) ?? { topic: this.topic, partition: this.partition, offset };
    const letter = { ...origin, consumer, error: cause instanceof Error ? cause.message : String(cause) };
    await inTransaction(dataSource, async (tx) => {
      const stored = await this.offsets.lock(tx, this.partition);
      this.compare(stored, [message], end);
      if (offset < stored.nextOffset) return;
      await publisher.sendRaw([withLetter(deadLetterTopic, message, letter)]);
      await this.offsets.move(tx, this.partition, { nextOffset: offset + 1, lastHash: recordHash(message) });
    });
    this.known = Math.max(this.known, offset + 1);
    return letter;
  }

  private async takeIn(
    tx: Parameters<EventConsumerOptions<T>['handle']>[1],
    batch: { messages: readonly KafkaMessage[]; wanted: readonly Incoming<T>[]; end: number; to: StoredOffset },
  ): Promise<void> {
    const stored = await this.offsets.lock(tx, this.partition);
    this.compare(stored, batch.messages, batch.end);
    if (batch.to.nextOffset <= stored.nextOffset) return;
    const fresh = batch.wanted.filter(({ offset }) => offset >= stored.nextOffset);
    const events = await this.notReplayedBefore(tx, fresh);
    if (events.length > 0) await this.options.handle(events, tx);
    await this.offsets.move(tx, this.partition, batch.to);
  }

  /** One statement for messages that nobody here wants. False when it is not sure that they are what comes next. */
  private async passOver(fresh: readonly KafkaMessage[], to: StoredOffset): Promise<boolean> {
    if (!this.hasMet || Number(fresh[0]?.offset) !== this.known) return false;
    return this.offsets.pass(this.options.dataSource, this.partition, this.known, to);
  }

  private compare({ nextOffset, lastHash }: StoredOffset, messages: readonly KafkaMessage[], end: number): void {
    const { topic, partition } = this;
    const first = Number(messages[0]?.offset);
    const last = Number(messages.at(-1)?.offset);
    const lastTaken = messages.find(({ offset }) => Number(offset) === nextOffset - 1);
    if (lastTaken && lastHash !== null && recordHash(lastTaken) !== lastHash) {
      const what = `record ${nextOffset - 1} of partition ${partition} of ${topic}`;
      throw new OtherLog(`${what} is not the one that was taken: this is not the log that the rows were made from`);
    }
    if (this.soughtTo === nextOffset) {
      // It was read from there, and kafkajs went elsewhere by itself, because there is nothing there.
      if (nextOffset > end) throw new OtherLog(endsTooSoon({ topic, partition, end, nextOffset }));
      if (first > nextOffset) throw new OtherLog(beginsTooLate({ topic, partition, begin: first, nextOffset }));
    }
    if (first > nextOffset || nextOffset < this.known || last < nextOffset - 1) {
      this.soughtTo = nextOffset;
      this.known = nextOffset;
      throw new OutOfStep(this.readFrom);
    }
  }

  /** Undefined when it is not wanted. */
  private decode(message: KafkaMessage): Incoming<T> | undefined {
    const { topic, wants } = this.options;
    const replayed = this.replayed(message);
    if (this.topic === this.options.replayTopic && replayed === undefined) return undefined;
    let parsed: T;
    try {
      parsed = topic.codec.fromJSON(JSON.parse(message.value?.toString() ?? ''));
    } catch (cause) {
      throw new PoisonMessage(`not a message of ${topic.name}`, { cause });
    }
    if (wants !== undefined && !wants(parsed)) return undefined;
    const { partition, offset } = replayed ?? { partition: this.partition, offset: message.offset };
    return {
      offset: Number(message.offset),
      event: { message: parsed, partition, offset: String(offset), awaitedUntilMs: awaitedUntil(message) },
      replayed,
    };
  }

  /** On the replay topic, what this consumer set aside; the rest there is for others. */
  private replayed(message: KafkaMessage): DeadLetter | undefined {
    if (this.topic !== this.options.replayTopic) return undefined;
    const letter = readDeadLetter(message.headers);
    return letter?.consumer === this.options.consumer && letter.topic === this.options.topic.name ? letter : undefined;
  }

  private async notReplayedBefore(tx: Sql, incoming: readonly Incoming<T>[]): Promise<ReceivedEvent<T>[]> {
    const events: ReceivedEvent<T>[] = [];
    for (const { event, replayed } of incoming) {
      if (replayed === undefined || (await noteReplay(tx, replayed))) events.push(event);
    }
    return events;
  }
}

function awaitedUntil({ headers }: KafkaMessage): number | undefined {
  const told = headers?.[EVENT_DEADLINE_HEADER];
  return told === undefined ? undefined : Number(told);
}

/** False when it was replayed before. */
async function noteReplay(tx: Sql, { consumer, topic, partition, offset }: DeadLetter): Promise<boolean> {
  const touched = await execute(
    tx,
    'INSERT IGNORE INTO replayed_messages (consumer, topic, partition_no, message_offset) VALUES (?, ?, ?, ?)',
    [consumer, topic, partition, offset],
  );
  return touched > 0;
}
