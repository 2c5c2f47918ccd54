import { type AuditResult } from '../bench';
import { grabIdOf, NO_UNIT, userIdOf } from '../load/job';

/** What one load job was told: by request the unit, or NO_UNIT. */
export interface ToldUnits {
  readonly prefix: string;
  readonly unitNos: Int32Array;
}

/** A grant that the fold took, by its grabId. */
export type LoggedGrants = ReadonlyMap<string, { readonly userId: string; readonly unitNo: number }>;

const EXAMPLES_MAX = 5;

/** Is every "granted" a grant of the log, to exactly this user and of exactly this unit, and no unit given twice? */
export function checkWinners(told: readonly ToldUnits[], logged: LoggedGrants): AuditResult {
  const wrong: string[] = [];
  let winners = 0;
  let found = 0;
  for (const { prefix, unitNos } of told) {
    for (const [index, unitNo] of unitNos.entries()) {
      if (unitNo === NO_UNIT) continue;
      winners++;
      const grabId = grabIdOf(prefix, index);
      const userId = userIdOf(prefix, index);
      const grant = logged.get(grabId);
      if (grant?.userId === userId && grant.unitNo === unitNo) found++;
      else if (wrong.length < EXAMPLES_MAX)
        wrong.push(`${userId} was told unit ${unitNo}, the log says ${JSON.stringify(grant) ?? 'nothing'}`);
    }
  }
  const units = new Set([...logged.values()].map(({ unitNo }) => unitNo)).size;
  const isOnce = units === logged.size;
  const detail =
    `${found} of ${winners} winners found in the stock log, which granted ${logged.size} with ${units} units` +
    (wrong.length > 0 ? `; ${wrong.join('; ')}` : '');
  return { ok: winners > 0 && found === winners && isOnce, detail };
}
