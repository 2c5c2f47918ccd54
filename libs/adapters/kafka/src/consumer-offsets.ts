import { createHash } from 'node:crypto';
import { execute, selectRows, type Sql } from '@floodgate/adapters/mysql';
import { type KafkaMessage } from 'kafkajs';

/** How far a partition is taken. */
export interface StoredOffset {
  /** The next offset to be taken. */
  readonly nextOffset: number;
  /** recordHash of the message before that; null when nothing was taken yet. */
  readonly lastHash: string | null;
}

/** Tells a record from any other that may stand at its offset in another log. */
export function recordHash({ timestamp, key, value }: Pick<KafkaMessage, 'timestamp' | 'key' | 'value'>): string {
  const hash = createHash('sha256').update(timestamp).update('\0');
  return hash
    .update(key ?? '')
    .update('\0')
    .update(value ?? '')
    .digest('hex')
    .slice(0, 16);
}

/** How far one consumer has taken a topic, in the schema that its rows are in. */
export class ConsumerOffsets {
  constructor(
    private readonly consumer: string,
    private readonly topic: string,
  ) {}

  /** By partition; those of which nothing was taken may be missing. */
  async read(sql: Sql): Promise<Map<number, StoredOffset>> {
    const rows = await selectRows<StoredOffset & { partition: number }>(
      sql,
      `SELECT partition_no AS \`partition\`, next_offset AS nextOffset, last_hash AS lastHash
       FROM consumer_offsets WHERE consumer = ? AND topic = ?`,
      [this.consumer, this.topic],
    );
    return new Map(rows.map((row) => [row.partition, stored(row)]));
  }

  /** How far the partition is; nobody else moves it until the transaction ends. */
  async lock(tx: Sql, partition: number): Promise<StoredOffset> {
    const locked = await this.select(tx, partition);
    if (locked !== undefined) return locked;
    await execute(
      tx,
      `INSERT INTO consumer_offsets (consumer, topic, partition_no, next_offset) VALUES (?, ?, ?, 0)
       ON DUPLICATE KEY UPDATE consumer = consumer`,
      this.key(partition),
    );
    const inserted = await this.select(tx, partition);
    if (inserted === undefined) throw new Error('the offset row vanished');
    return inserted;
  }

  async move(tx: Sql, partition: number, to: StoredOffset): Promise<void> {
    await execute(
      tx,
      `UPDATE consumer_offsets SET next_offset = ?, last_hash = ?
       WHERE consumer = ? AND topic = ? AND partition_no = ?`,
      [to.nextOffset, to.lastHash, ...this.key(partition)],
    );
  }

  /** Moves on from exactly `from`. False when the partition does not stand there: then nothing was done. */
  async pass(sql: Sql, partition: number, from: number, to: StoredOffset): Promise<boolean> {
    const touched = await execute(
      sql,
      `UPDATE consumer_offsets SET next_offset = ?, last_hash = ?
       WHERE consumer = ? AND topic = ? AND partition_no = ? AND next_offset = ?`,
      [to.nextOffset, to.lastHash, ...this.key(partition), from],
    );
    return touched > 0;
  }

  private async select(tx: Sql, partition: number): Promise<StoredOffset | undefined> {
    const [row] = await selectRows<StoredOffset>(
      tx,
      `SELECT next_offset AS nextOffset, last_hash AS lastHash FROM consumer_offsets
       WHERE consumer = ? AND topic = ? AND partition_no = ? FOR UPDATE`,
      this.key(partition),
    );
    return row && stored(row);
  }

  private key(partition: number): [string, string, number] {
    return [this.consumer, this.topic, partition];
  }
}

function stored({ nextOffset, lastHash }: StoredOffset): StoredOffset {
  return { nextOffset: Number(nextOffset), lastHash };
}
