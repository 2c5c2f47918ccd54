import { type AuditResult } from './bench';
import { type Askers, grabIdOf, type LoadResult, NO_UNIT, poolIdOf, userIdOf } from './load/job';

/** What the users of one load job were told: by request the unit, or NO_UNIT. */
export interface ToldUnits extends Pick<LoadResult, 'unitNos'> {
  readonly askers: Askers;
}

export interface LoggedGrant {
  readonly campaignId: string;
  readonly poolId: string;
  readonly userId: string;
  readonly unitNo: number;
}

/** The grants that the fold took, by grabId. */
export type LoggedGrants = ReadonlyMap<string, LoggedGrant>;

const EXAMPLES_MAX = 5;

/**
 * Is every "granted" a grant of the log, to exactly this user and of exactly this unit, and no unit of a pool given twice? A grab that was asked
 * about again, and told again, is one.
 */
export function checkWinners(told: readonly ToldUnits[], logged: LoggedGrants): AuditResult {
  const wrong: string[] = [];
  const winners = new Set<string>();
  const misled = new Set<string>();
  for (const { askers, unitNos } of told) {
    for (const [index, unitNo] of unitNos.entries()) {
      if (unitNo === NO_UNIT) continue;
      const userId = userIdOf(askers, index);
      const grabId = grabIdOf(askers, index);
      winners.add(grabId);
      const grant = logged.get(grabId);
      if (grant !== undefined && isSame(grant, { userId, unitNo, poolId: poolIdOf(askers, index) })) continue;
      misled.add(grabId);
      if (wrong.length < EXAMPLES_MAX)
        wrong.push(`${userId} was told unit ${unitNo}, the log says ${JSON.stringify(grant) ?? 'nothing'}`);
    }
  }
  const units = new Set(
    [...logged.values()].map(({ campaignId, poolId, unitNo }) => `${campaignId}/${poolId}/${unitNo}`),
  ).size;
  const isOnce = units === logged.size;
  const detail =
    `${winners.size - misled.size} of ${winners.size} grabs told "granted" are in the stock log, which holds ${logged.size} grants of ${units} units` +
    (wrong.length > 0 ? `; ${wrong.join('; ')}` : '');
  return { ok: winners.size > 0 && misled.size === 0 && isOnce, detail };
}

/** `poolId` is undefined where there is one pool only. */
function isSame(grant: LoggedGrant, told: { userId: string; unitNo: number; poolId: string | undefined }): boolean {
  const isSamePool = told.poolId === undefined || told.poolId === grant.poolId;
  return isSamePool && grant.userId === told.userId && grant.unitNo === told.unitNo;
}
