import { execute, insertRows, selectRows, type Sql } from '@floodgate/adapters/mysql';
import { decodeRecord, encodeRecord } from '@floodgate/adapters/stock-log';
import { StockLogRecordV1 } from '@floodgate/contracts';
import { type FoldedEntry, type RecordedShard, type ShardId, type StockLogEntry } from '@floodgate/domain/inventory';

/** Writes what a batch of the log says of shards as wholes. Belongs into the transaction that raises the recorder's offset. */
export async function writeShards(tx: Sql, folded: readonly FoldedEntry[]): Promise<void> {
  // What did not count changes nothing.
  const counted = folded.filter(({ effects }) => effects.some(({ kind }) => kind !== 'rejected'));
  await insertCreated(
    tx,
    counted.map(({ entry }) => entry).filter(({ record }) => record.kind === 'created'),
  );
  for (const { entry } of counted) await writeChange(tx, entry);
}

async function insertCreated(tx: Sql, entries: readonly StockLogEntry[]): Promise<void> {
  await insertRows(
    tx,
    'recorded_shards',
    ['campaign_id', 'pool_id', 'shard_no', 'created_record', 'created_position'],
    entries.map((entry) => {
      const { campaignId, poolId, shardNo } = entry.shard;
      const record = JSON.stringify(StockLogRecordV1.toJSON(encodeRecord(entry)));
      return [campaignId, poolId, shardNo, record, `${entry.partition}:${entry.offset}`];
    }),
  );
}

async function writeChange(tx: Sql, { shard, record, writtenAtMs }: StockLogEntry): Promise<void> {
  switch (record.kind) {
    case 'lent':
      return update(tx, shard, 'lent_units = lent_units + ?', record.range.to - record.range.from);
    case 'borrowed':
      return update(tx, shard, 'borrowed_units = borrowed_units + ?', record.range.to - record.range.from);
    case 'closed':
      return update(tx, shard, 'closed_at_ms = COALESCE(closed_at_ms, ?)', writtenAtMs);
    case 'created':
    case 'added':
    case 'granted':
    case 'ended':
    case 'voided':
      return;
  }
}

async function update(tx: Sql, { campaignId, poolId, shardNo }: ShardId, change: string, value: number): Promise<void> {
  await execute(tx, `UPDATE recorded_shards SET ${change} WHERE campaign_id = ? AND pool_id = ? AND shard_no = ?`, [
    value,
    campaignId,
    poolId,
    shardNo,
  ]);
}

interface ShardRow {
  readonly shardNo: number;
  readonly record: string;
  readonly closedAtMs: number | null;
  readonly lentUnits: number;
  readonly borrowedUnits: number;
}

/** Every shard of a campaign that is recorded. */
export async function readShards(sql: Sql, campaignId: string): Promise<RecordedShard[]> {
  const rows = await selectRows<ShardRow>(
    sql,
    `SELECT shard_no AS shardNo, created_record AS record, closed_at_ms AS closedAtMs, lent_units AS lentUnits,
            borrowed_units AS borrowedUnits
     FROM recorded_shards WHERE campaign_id = ?`,
    [campaignId],
  );
  return rows.map(({ shardNo, record: json, closedAtMs, lentUnits, borrowedUnits }) => {
    const { record, writtenAtMs } = decodeRecord(StockLogRecordV1.fromJSON(JSON.parse(json)));
    if (record.kind !== 'created') throw new Error(`shard ${campaignId}/${shardNo} is recorded without its creation`);
    const { pool } = record;
    return { shardNo, pool, createdAtMs: writtenAtMs, closed: closedAtMs !== null, lentUnits, borrowedUnits };
  });
}
