import { type StoredOffset } from '@floodgate/adapters/kafka';
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

/** How far a partition is recorded; locked until the transaction ends. */
export async function lockRecorderOffset(tx: Sql, partition: number): Promise<StoredOffset> {
  const statement = `${SELECT_OFFSETS} WHERE partition_no = ? FOR UPDATE`;
  const [row] = await selectRows<OffsetRow>(tx, statement, [partition]);
  if (row !== undefined) return stored(row);
  await execute(
    tx,
    `INSERT INTO recorder_offsets (partition_no, next_offset) VALUES (?, 0)
     ON DUPLICATE KEY UPDATE partition_no = partition_no`,
    [partition],
  );
  const [inserted] = await selectRows<OffsetRow>(tx, statement, [partition]);
  if (inserted === undefined) throw new Error('the offset row vanished');
  return stored(inserted);
}

/** How far each partition is recorded. */
export async function recorderOffsets(sql: Sql): Promise<Map<number, StoredOffset>> {
  const rows = await selectRows<OffsetRow>(sql, SELECT_OFFSETS);
  return new Map(rows.map((row) => [row.partition, stored(row)]));
}

export async function raiseRecorderOffset(tx: Sql, partition: number, to: StoredOffset): Promise<void> {
  await execute(tx, 'UPDATE recorder_offsets SET next_offset = ?, last_hash = ? WHERE partition_no = ?', [
    to.nextOffset,
    to.lastHash,
    partition,
  ]);
}

type OffsetRow = StoredOffset & { readonly partition: number };

const SELECT_OFFSETS =
  'SELECT partition_no AS `partition`, next_offset AS nextOffset, last_hash AS lastHash FROM recorder_offsets';

function stored({ nextOffset, lastHash }: OffsetRow): StoredOffset {
  return { nextOffset: Number(nextOffset), lastHash };
}

function parts<T>(list: readonly T[]): T[][] {
  const count = Math.ceil(list.length / ROWS_PER_STATEMENT);
  return Array.from({ length: count }, (_, i) => list.slice(i * ROWS_PER_STATEMENT, (i + 1) * ROWS_PER_STATEMENT));
}
