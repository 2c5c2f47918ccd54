import { execute, insertRows, selectRows, type Sql, type SqlValue } from '@floodgate/adapters/mysql';
import { type RegisterChanges, type RegisterEnd, type RegisterRow, rowKey } from '@floodgate/domain/inventory';

const COLUMNS = [
  'campaign_id',
  'pool_id',
  'unit_no',
  'generation',
  'shard_no',
  'user_id',
  'grab_id',
  'qualification_id',
  'amount_fen',
  'state',
  'open_user_id',
  'log_position',
  'granted_at_ms',
  'ended_at_ms',
] as const;

const ROWS_PER_STATEMENT = 1_000;

/** Writes what a batch of the log changed. Ends come first: they make room for the same user's or unit's next row. */
export async function writeRegister(tx: Sql, { granted, ended }: RegisterChanges): Promise<void> {
  const inserted = new Set(granted.map((row) => rowKey(row.shard, row)));
  const updates = ended.filter(({ shard, holding }) => !inserted.has(rowKey(shard, holding)));
  for (const [state, rows] of [
    ['ended', updates.filter((end) => end.toStock)],
    ['withdrawn', updates.filter((end) => !end.toStock)],
  ] as const) {
    for (const part of parts(rows)) await endRows(tx, state, part);
  }
  for (const part of parts(granted)) await insertRows(tx, 'unit_register', COLUMNS, part.map(values));
}

async function endRows(tx: Sql, state: 'ended' | 'withdrawn', rows: readonly RegisterEnd[]): Promise<void> {
  const keys = rows.map(() => '(?, ?, ?, ?)').join(', ');
  const keep = state === 'withdrawn' ? 'open_user_id' : 'NULL';
  const touched = await execute(
    tx,
    `UPDATE unit_register SET state = ?, open_user_id = ${keep}, ended_at_ms = ?
     WHERE state = 'held' AND (campaign_id, pool_id, unit_no, generation) IN (${keys})`,
    [
      state,
      Math.max(...rows.map((row) => row.endedAtMs)),
      ...rows.flatMap(({ shard, holding }): SqlValue[] => [
        shard.campaignId,
        shard.poolId,
        holding.unitNo,
        holding.generation,
      ]),
    ],
  );
  if (touched !== rows.length) throw new Error(`the register has ${touched} of ${rows.length} rows that the log ended`);
}

function values(row: RegisterRow): SqlValue[] {
  return [
    row.shard.campaignId,
    row.shard.poolId,
    row.unitNo,
    row.generation,
    row.shard.shardNo,
    row.userId,
    row.grabId,
    row.qualificationId,
    row.amountFen,
    row.state,
    row.state === 'ended' ? null : row.userId,
    row.position,
    row.grantedAtMs,
    row.endedAtMs ?? null,
  ];
}

/** The offset a partition is recorded up to, exclusive; locks it until the transaction ends. */
export async function lockRecorderOffset(tx: Sql, partition: number): Promise<number> {
  await execute(
    tx,
    `INSERT INTO recorder_offsets (partition_no, next_offset) VALUES (?, 0)
     ON DUPLICATE KEY UPDATE partition_no = partition_no`,
    [partition],
  );
  const [row] = await selectRows<{ nextOffset: number }>(
    tx,
    'SELECT next_offset AS nextOffset FROM recorder_offsets WHERE partition_no = ? FOR UPDATE',
    [partition],
  );
  return Number(row?.nextOffset ?? 0);
}

/** The offset that each partition is recorded up to, exclusive. */
export async function recorderOffsets(sql: Sql): Promise<Map<number, number>> {
  const rows = await selectRows<{ partition: number; nextOffset: number }>(
    sql,
    'SELECT partition_no AS `partition`, next_offset AS nextOffset FROM recorder_offsets',
  );
  return new Map(rows.map(({ partition, nextOffset }) => [partition, Number(nextOffset)]));
}

export async function raiseRecorderOffset(tx: Sql, partition: number, nextOffset: number): Promise<void> {
  await execute(tx, 'UPDATE recorder_offsets SET next_offset = ? WHERE partition_no = ?', [nextOffset, partition]);
}

function parts<T>(list: readonly T[]): T[][] {
  const count = Math.ceil(list.length / ROWS_PER_STATEMENT);
  return Array.from({ length: count }, (_, i) => list.slice(i * ROWS_PER_STATEMENT, (i + 1) * ROWS_PER_STATEMENT));
}
