/** The least that writing the register's rows costs: mysql2, multi-row inserts, one transaction after the other. */
import { createConnection } from 'mysql2/promise';
import { type LoggedWinner } from '../stock-log-filler';
import { type InsertRows, type RowsInserted } from './messages';

const COLUMNS =
  'campaign_id, pool_id, unit_no, generation, shard_no, user_id, grab_id, qualification_id, amount_fen, state, ' +
  'open_user_id, log_position, granted_at_ms, ended_at_ms';

async function insert(job: InsertRows): Promise<RowsInserted> {
  const { url, table, winners, rowsPerTransaction, rowsPerStatement } = job;
  const rows = winners.map((winner, index) => valuesOf(job, winner, index));
  const connection = await createConnection({ uri: url, timezone: 'Z', supportBigNumbers: true });
  try {
    const startedAtMs = performance.now();
    for (let from = 0; from < rows.length; from += rowsPerTransaction) {
      await connection.beginTransaction();
      const end = Math.min(rows.length, from + rowsPerTransaction);
      for (let at = from; at < end; at += rowsPerStatement) {
        const part = rows.slice(at, Math.min(end, at + rowsPerStatement));
        await connection.query(`INSERT INTO ${table} (${COLUMNS}) VALUES ?`, [part]);
      }
      await connection.commit();
    }
    return { wallMs: performance.now() - startedAtMs };
  } finally {
    await connection.end();
  }
}

function valuesOf({ campaignId, poolId }: InsertRows, winner: LoggedWinner, index: number): (string | number | null)[] {
  const { unitNo, shardNo, userId, grabId } = winner;
  const position = `${shardNo}:${index}:0`;
  return [campaignId, poolId, unitNo, 0, shardNo, userId, grabId, '', 0, 'held', userId, position, Date.now(), null];
}

process.on('message', (job: InsertRows) => {
  insert(job).then(
    (done) => process.send?.(done),
    (error: unknown) => {
      process.stderr.write(`raw inserts: ${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit());
