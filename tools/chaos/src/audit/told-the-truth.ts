import { amountOf, type FoldEffect, type Holding, type Pool, type ShardId } from '@floodgate/domain/inventory';
import { isOutcome } from '@floodgate/kernel';
import { Differences } from '@floodgate/tools/audit';
import { type Told } from '../load/told';

/** What the log has ever granted to one grab of one person. */
interface Grant {
  readonly holding: Holding;
  readonly pool: Pool;
  ended: boolean;
}

/** What inventory may answer a grab or a read with. */
const CLOSED_LIST: ReadonlySet<string> = new Set([
  'GRANTED',
  'ALREADY_GRANTED',
  'GRAB_ENDED',
  'UNKNOWN_GRAB',
  'SOLD_OUT',
  'SOLD_OUT_FOR_NOW',
  'NOT_OPEN_YET',
  'CLOSED',
  'QUALIFICATION_SPENT',
  'NO_SUCH_CAMPAIGN',
  'CONFLICT',
  'WAIT',
  'TOO_HOT',
]);

/** What may follow a "granted" to the same grab. */
const AFTER_GRANTED: ReadonlySet<string> = new Set(['GRANTED', 'GRAB_ENDED', 'WAIT', 'TOO_HOT', 'NO_SUCH_CAMPAIGN']);

export interface FoldedRecord {
  readonly entry: { readonly shard: ShardId };
  readonly effects: readonly FoldEffect[];
}

/**
 * Holds everything that anybody was told against the log: who was told "granted" has or had exactly that, and is never told
 * otherwise later; nobody is told "sold out" for good while units are left; every answer is on the closed list.
 */
export function checkTold(
  told: readonly Told[],
  folded: readonly FoldedRecord[],
  poolOf: (poolId: string) => Pool | undefined,
): Differences {
  const differences = new Differences();
  const grants = grantsOf(folded, poolOf);
  const grantedAtMs = new Map<string, number>();
  for (const line of told) {
    const wrong = whatIsUntrue(line, grants) ?? whatContradicts(line, grantedAtMs.get(nameOf(line)));
    if (wrong !== undefined) {
      differences.add(
        `${line.atMs} ms: ${nameOf(line)} was told ${saidIn(line)} (${line.how}, asked ${line.askedAtMs} ms): ${wrong}`,
      );
    }
    if (line.outcome === 'GRANTED' && !grantedAtMs.has(nameOf(line))) grantedAtMs.set(nameOf(line), line.atMs);
  }
  return differences;
}

const nameOf = ({ poolId, userId, grabId }: Pick<Told, 'poolId' | 'userId' | 'grabId'>) =>
  `${poolId} ${userId} ${grabId}`;

function grantsOf(
  folded: readonly FoldedRecord[],
  poolOf: (poolId: string) => Pool | undefined,
): ReadonlyMap<string, Grant> {
  const grants = new Map<string, Grant>();
  for (const { entry, effects } of folded) {
    const { poolId } = entry.shard;
    for (const effect of effects) {
      if (effect.kind !== 'granted' && effect.kind !== 'ended') continue;
      const { holding } = effect;
      const name = nameOf({ poolId, userId: holding.userId, grabId: holding.grabId });
      const pool = poolOf(poolId);
      if (effect.kind === 'granted' && pool !== undefined) grants.set(name, { holding, pool, ended: false });
      const grant = grants.get(name);
      if (effect.kind === 'ended' && grant !== undefined) grant.ended = true;
    }
  }
  return grants;
}

function whatIsUntrue(line: Told, grants: ReadonlyMap<string, Grant>): string | undefined {
  const { outcome } = line;
  if (!isOutcome(outcome) || !CLOSED_LIST.has(outcome)) return 'that is not on the closed list';
  switch (outcome) {
    case 'GRANTED':
      return whatIsUntrueOf(line, grants.get(nameOf(line)));
    case 'ALREADY_GRANTED':
      return whatIsUntrueOf(line, grants.get(nameOf({ ...line, grabId: line.heldGrabId })));
    case 'GRAB_ENDED': {
      const grant = grants.get(nameOf(line));
      return grant !== undefined && !grant.ended ? 'the log did not end it' : undefined;
    }
    case 'CONFLICT':
      return 'nobody else has this grabId';
    case 'NOT_OPEN_YET':
    case 'CLOSED':
      return 'the pool is open';
    default:
      return undefined;
  }
}

function whatIsUntrueOf({ unitNo, amountFen }: Told, grant: Grant | undefined): string | undefined {
  if (grant === undefined) return `the log never granted it unit ${unitNo}`;
  if (grant.holding.unitNo !== unitNo) return `unit ${unitNo}, the log says ${grant.holding.unitNo}`;
  const expectedFen = amountOf(grant.pool, unitNo);
  return amountFen === expectedFen ? undefined : `${amountFen} fen, the unit has ${expectedFen} fen`;
}

/** Only what was asked after the "granted" had arrived: answers may overtake each other. */
function whatContradicts(line: Told, grantedAtMs: number | undefined): string | undefined {
  if (grantedAtMs === undefined || line.askedAtMs < grantedAtMs || AFTER_GRANTED.has(line.outcome)) return undefined;
  return `it was told GRANTED at ${grantedAtMs} ms`;
}

function saidIn({ outcome, cause }: Told): string {
  return cause === undefined ? outcome : `${outcome}, because of "${cause}",`;
}
