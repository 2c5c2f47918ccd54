import { selectRows, type Sql } from '@floodgate/adapters/mysql';

/** A packet that somebody got, without whom. */
export interface GrantedPacket {
  readonly unitNo: number;
  readonly amountFen: number;
  readonly withdrawn: boolean;
}

/** At most `limit` of a pool's granted packets, from this number on, in order. */
export async function listGrantedPackets(
  sql: Sql,
  { campaignId, poolId }: { campaignId: string; poolId: string },
  fromUnitNo: number,
  limit: number,
): Promise<GrantedPacket[]> {
  const rows = await selectRows<{ unitNo: number; amountFen: number | string; state: string }>(
    sql,
    `SELECT unit_no AS unitNo, amount_fen AS amountFen, state FROM unit_register
     WHERE campaign_id = ? AND pool_id = ? AND unit_no >= ? ORDER BY unit_no LIMIT ?`,
    [campaignId, poolId, fromUnitNo, limit],
  );
  return rows.map(({ unitNo, amountFen, state }) => ({
    unitNo,
    amountFen: Number(amountFen),
    withdrawn: state === 'withdrawn',
  }));
}

export async function countGrantedPackets(
  sql: Sql,
  { campaignId, poolId }: { campaignId: string; poolId: string },
): Promise<number> {
  const [row] = await selectRows<{ count: number }>(
    sql,
    'SELECT COUNT(*) AS count FROM unit_register WHERE campaign_id = ? AND pool_id = ?',
    [campaignId, poolId],
  );
  return Number(row?.count ?? 0);
}
