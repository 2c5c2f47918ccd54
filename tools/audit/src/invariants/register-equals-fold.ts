import { poolKey } from '@floodgate/domain/inventory';
import { type Evidence } from '../evidence';
import { Differences, type Invariant } from '../invariant';
import { type LoggedGrant, type PoolBook } from '../log-book';
import { unitKey, userKey } from '../twice';

interface RegisterRow {
  readonly campaignId: string;
  readonly poolId: string;
  readonly unitNo: number;
  readonly generation: number;
  readonly shardNo: number;
  readonly userId: string;
  readonly grabId: string;
  readonly qualificationId: string;
  readonly state: string;
  readonly openUserId: string | null;
  readonly position: string;
}

/**
 * Every row of the unit register is a grant that the log took, with the same fate, and every such grant has its row. Amounts
 * are left to packets-sum-to-pool, and what is given twice to no-unit-granted-twice and no-user-twice.
 */
export const registerEqualsFold: Invariant = {
  name: 'register-equals-fold',
  async check(evidence) {
    const differences = new Differences();
    const recorded = new Map(evidence.pools.map((book) => [book.key, new Set<LoggedGrant>()]));
    let rows = 0;
    for await (const row of registerRows(evidence)) {
      rows++;
      const book = evidence.book.pools.get(poolKey(row));
      const grant = book?.grant(row.unitNo, row.generation);
      if (grant !== undefined) recorded.get(poolKey(row))?.add(grant);
      if (isReportedAsTwice(evidence, row)) continue;
      const wrong = grant === undefined ? 'is not in the log' : firstDifference(row, grant);
      if (wrong !== undefined) differences.add(`row ${poolKey(row)} unit ${row.unitNo}/${row.generation} ${wrong}`);
    }
    for (const book of evidence.pools) addUnrecorded(book, recorded.get(book.key), evidence, differences);
    const grants = evidence.pools.reduce((sum, book) => sum + book.size, 0);
    return { figures: `${rows} rows, ${grants} grants in the log`, differences };
  },
};

function registerRows({ snapshot, schemas, scope }: Evidence): AsyncGenerator<RegisterRow> {
  return snapshot.rows(
    `SELECT campaign_id AS campaignId, pool_id AS poolId, unit_no AS unitNo, generation, shard_no AS shardNo,
       user_id AS userId, grab_id AS grabId, qualification_id AS qualificationId, state,
       open_user_id AS openUserId, log_position AS position
     FROM ${schemas.inventory}.unit_register WHERE ${scope.where('campaign_id')}`,
    scope.values,
  );
}

function isReportedAsTwice(
  { twice }: Evidence,
  row: Pick<RegisterRow, 'campaignId' | 'poolId' | 'unitNo' | 'userId'>,
): boolean {
  return twice.units.has(unitKey(row, row.unitNo)) || twice.users.has(userKey(row, row.userId));
}

function firstDifference(row: RegisterRow, grant: LoggedGrant): string | undefined {
  const expected: Partial<Record<keyof RegisterRow, string | number | null>> = {
    state: grant.fate,
    userId: grant.userId,
    grabId: grant.grabId,
    qualificationId: grant.qualificationId,
    shardNo: grant.shardNo,
    openUserId: grant.fate === 'ended' ? null : grant.userId,
    position: grant.position,
  };
  for (const [column, value] of Object.entries(expected)) {
    const found = row[column as keyof RegisterRow];
    if (found !== value) return `has ${column} ${found}, the log ${value}`;
  }
  return undefined;
}

function addUnrecorded(
  book: PoolBook,
  recorded: ReadonlySet<LoggedGrant> | undefined,
  evidence: Evidence,
  differences: Differences,
): void {
  for (const grant of book.all()) {
    if (recorded?.has(grant) || isReportedAsTwice(evidence, { ...book.pool, ...grant })) continue;
    differences.add(
      `${book.key} unit ${grant.unitNo}/${grant.generation} of ${grant.userId} at ${grant.position} has no row`,
    );
  }
}
