import { execute, selectRows, type Sql } from '@floodgate/adapters/mysql';

/** How far one consumer has taken a topic, in the schema that its rows are in. Offsets are the next to be taken. */
export class ConsumerOffsets {
  constructor(
    private readonly consumer: string,
    private readonly topic: string,
  ) {}

  /** The next offset by partition; partitions of which nothing was taken are missing. */
  async read(sql: Sql): Promise<Map<number, number>> {
    const rows = await selectRows<{ partition: number; nextOffset: number }>(
      sql,
      'SELECT partition_no AS `partition`, next_offset AS nextOffset FROM consumer_offsets WHERE consumer = ? AND topic = ?',
      [this.consumer, this.topic],
    );
    return new Map(rows.map(({ partition, nextOffset }) => [partition, Number(nextOffset)]));
  }

  /** The partition's next offset; nobody else moves it until the transaction ends. */
  async lock(tx: Sql, partition: number): Promise<number> {
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

  async move(tx: Sql, partition: number, next: number): Promise<void> {
    await execute(
      tx,
      'UPDATE consumer_offsets SET next_offset = ? WHERE consumer = ? AND topic = ? AND partition_no = ?',
      [next, ...this.key(partition)],
    );
  }

  /** Moves past messages that need no rows. False when the partition stands outside them: then nothing was done. */
  async pass(sql: Sql, partition: number, first: number, last: number): Promise<boolean> {
    const touched = await execute(
      sql,
      `UPDATE consumer_offsets SET next_offset = ?
       WHERE consumer = ? AND topic = ? AND partition_no = ? AND next_offset BETWEEN ? AND ?`,
      [last + 1, ...this.key(partition), first, last],
    );
    return touched > 0;
  }

  private async select(tx: Sql, partition: number): Promise<number | undefined> {
    const [row] = await selectRows<{ nextOffset: number }>(
      tx,
      `SELECT next_offset AS nextOffset FROM consumer_offsets
       WHERE consumer = ? AND topic = ? AND partition_no = ? FOR UPDATE`,
      this.key(partition),
    );
    return row === undefined ? undefined : Number(row.nextOffset);
  }

  private key(partition: number): [string, string, number] {
    return [this.consumer, this.topic, partition];
  }
}
