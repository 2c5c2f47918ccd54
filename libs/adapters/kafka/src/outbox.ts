import { setTimeout as sleep } from 'node:timers/promises';
import { type Topic } from '@floodgate/contracts';
import { execute, insertRows, placeholders, selectRows, type Sql } from '@floodgate/adapters/mysql';
import { type IHeaders } from 'kafkajs';
import { type DataSource } from 'typeorm';
import { eventHeaders } from './event-headers';
import { type Log } from './kafka';
import { type EventPublisher, type OutgoingEvent } from './publisher';

/** Notes events in the caller's transaction: they are published if, and only if, it commits. */
export async function enqueueEvents<T>(tx: Sql, topic: Topic<T>, events: readonly OutgoingEvent<T>[]): Promise<void> {
  await insertRows(
    tx,
    'outbox',
    ['topic', 'message_key', 'payload', 'headers'],
    events.map(({ key, message, headers }) => [
      topic.name,
      key,
      JSON.stringify(topic.codec.toJSON(message)),
      JSON.stringify({ ...eventHeaders(), ...headers }),
    ]),
  );
}

interface OutboxRow {
  id: number;
  topic: string;
  messageKey: string;
  payload: string;
  headers: string;
}

const BATCH_MAX = 500;

/**
 * Moves events from the outbox to Kafka, at least once. Rows are claimed with SKIP LOCKED, so several instances share the
 * work and a late commit with a low id is never skipped. One user's events may leave out of order; receivers must not mind.
 */
export class OutboxRelay {
  private running: Promise<void> | undefined;
  private stopping = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly publisher: EventPublisher,
    private readonly log: Log,
    private readonly pollEveryMs: number,
  ) {}

  start(): void {
    this.running = this.loop();
  }

  /** Resolves when the batch in hand is published and its rows are gone. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  private async loop(): Promise<void> {
    while (!this.stopping) {
      try {
        const moved = await this.relayOnce();
        if (moved === BATCH_MAX) continue;
      } catch (error) {
        this.log.warn({ err: error }, 'outbox relay failed, trying again');
        await sleep(500);
      }
      await sleep(this.pollEveryMs);
    }
  }

  /** Publishes one batch; the number of events moved. */
  async relayOnce(): Promise<number> {
    // Asked many times a second, and mostly in vain: that must not take a transaction.
    if ((await selectRows(this.dataSource, 'SELECT 1 FROM outbox LIMIT 1')).length === 0) return 0;
    return this.dataSource.transaction('READ COMMITTED', async (tx) => {
      const rows = await selectRows<OutboxRow>(
        tx,
        `SELECT id, topic, message_key AS messageKey, payload, headers FROM outbox
         ORDER BY id LIMIT ${BATCH_MAX} FOR UPDATE SKIP LOCKED`,
      );
      if (rows.length === 0) return 0;
      await this.publisher.sendRaw(
        rows.map((row) => ({
          topic: row.topic,
          key: row.messageKey,
          value: row.payload,
          headers: JSON.parse(row.headers) as IHeaders,
        })),
      );
      const ids = rows.map((row) => row.id);
      await execute(tx, `DELETE FROM outbox WHERE id IN (${placeholders(ids)})`, ids);
      return rows.length;
    });
  }
}
