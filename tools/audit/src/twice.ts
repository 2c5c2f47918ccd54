import { poolKey } from '@floodgate/domain/inventory';
import { type PoolBook } from './log-book';
import { type MysqlSnapshot } from './mysql-snapshot';
import { type Scope } from './scope';

/** What was given twice, with where it is seen. The comparison of register and log leaves these to their own invariants. */
export interface Twice {
  /** By unitKey. */
  readonly units: ReadonlyMap<string, string>;
  /** By userKey. */
  readonly users: ReadonlyMap<string, string>;
}

type PoolId = Parameters<typeof poolKey>[0];

export const unitKey = (pool: PoolId, unitNo: number): string => `${poolKey(pool)} unit ${unitNo}`;
export const userKey = (pool: PoolId, userId: string): string => `${poolKey(pool)} user ${userId}`;

/** Looks for units and users that are granted twice at the same time, in the log and in the register, each by itself. */
export async function findTwice(
  pools: readonly PoolBook[],
  snapshot: MysqlSnapshot,
  inventorySchema: string,
  scope: Scope,
): Promise<Twice> {
  const units = new Map<string, string>();
  const users = new Map<string, string>();
  for (const book of pools) {
    unitsTwiceInLog(book, units);
    usersTwiceInLog(book, users);
  }
  const select = (column: string) => `
    SELECT campaign_id AS campaignId, pool_id AS poolId, ${column} AS id, COUNT(*) AS times
    FROM ${inventorySchema}.unit_register WHERE state <> 'ended' AND ${scope.where('campaign_id')}
    GROUP BY campaign_id, pool_id, ${column} HAVING COUNT(*) > 1`;
  for await (const row of snapshot.rows<RegisterTwice<number>>(select('unit_no'), scope.values)) {
    units.set(unitKey(row, row.id), `register: in ${row.times} open rows`);
  }
  for await (const row of snapshot.rows<RegisterTwice<string>>(select('user_id'), scope.values)) {
    users.set(userKey(row, row.id), `register: in ${row.times} open rows`);
  }
  return { units, users };
}

interface RegisterTwice<Id> {
  readonly campaignId: string;
  readonly poolId: string;
  readonly id: Id;
  readonly times: number;
}

function unitsTwiceInLog(book: PoolBook, units: Map<string, string>): void {
  for (const [unitNo, where] of book.unitsTwice) units.set(unitKey(book.pool, unitNo), where);
  for (const { unitNo, generation, userId, position } of book.all()) {
    if (generation === 0) continue;
    const before = book.grant(unitNo, generation - 1);
    if (before?.fate === 'ended') continue;
    const holder = before === undefined ? 'nobody' : `${before.userId} at ${before.position}`;
    units.set(unitKey(book.pool, unitNo), `log: ${userId} at ${position}, and not ended before by ${holder}`);
  }
}

function usersTwiceInLog(book: PoolBook, users: Map<string, string>): void {
  const holding = new Set<string>();
  for (const { userId, unitNo, position, fate } of book.all()) {
    if (fate === 'ended') continue;
    if (holding.has(userId))
      users.set(userKey(book.pool, userId), `log: holds another than unit ${unitNo} of ${position}`);
    holding.add(userId);
  }
}
