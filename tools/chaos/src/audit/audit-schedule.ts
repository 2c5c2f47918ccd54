import { type Pool } from '@floodgate/domain/inventory';
import {
  checkInvariant,
  Differences,
  noUnitGrantedTwice,
  noUserTwice,
  registerEqualsFold,
  stockAddsUp,
} from '@floodgate/tools/audit';
import { type Told } from '../load/told';
import { checkEvents } from './events-equal-fold';
import { type ScheduleEvidence } from './evidence';
import { checkTold } from './told-the-truth';

/** Shared with `npm run audit`. */
const STORE_INVARIANTS = [noUnitGrantedTwice, noUserTwice, stockAddsUp, registerEqualsFold];

/** What is wrong after a schedule, each a sentence; nothing when all is well. */
export async function auditSchedule(
  { evidence, folded, granted, released }: ScheduleEvidence,
  { told, ended }: { readonly told: readonly Told[]; readonly ended: readonly Told[] },
): Promise<string[]> {
  const wrong: string[] = [];
  for (const invariant of STORE_INVARIANTS) {
    const { ok, name, detail } = await checkInvariant(invariant, evidence);
    if (!ok) wrong.push(`${name}: ${detail}`);
  }
  const pools = new Map(evidence.pools.map(({ pool }) => [pool.poolId, pool]));
  const poolOf = (poolId: string): Pool | undefined => pools.get(poolId);
  const checks = {
    'clients-were-told-the-truth': checkTold(told, folded, poolOf),
    'events-equal-fold': checkEvents(folded, { granted, released }),
    'expired-orders-are-ended': checkEnded(ended, evidence.pools),
    'nothing-left-unsold': checkUnsold(evidence.pools),
  };
  for (const [name, differences] of Object.entries(checks)) {
    if (!differences.isEmpty) wrong.push(`${name}: ${differences.toString()}`);
  }
  return wrong;
}

type Pools = ScheduleEvidence['evidence']['pools'];

function checkEnded(ended: readonly Told[], pools: Pools): Differences {
  const differences = new Differences();
  for (const { poolId, userId, grabId } of ended) {
    const fate = pools
      .filter(({ pool }) => pool.poolId === poolId)
      .flatMap((book) => book.shardList())
      .map(({ grabs }) => grabs.get(grabId))
      .find((found) => found !== undefined);
    if (fate?.kind !== 'ended') differences.add(`${poolId} ${userId} ${grabId} is ${fate?.kind ?? 'not in the log'}`);
  }
  return differences;
}

/** More people asked than units were there, until every instance said that none is left. */
function checkUnsold(pools: Pools): Differences {
  const differences = new Differences();
  for (const book of pools) {
    const free = book
      .shardList()
      .flatMap(({ id, free: units }) => (units.size > 0 ? [`${units.size} in shard ${id.shardNo}`] : []));
    const moving = book.openMoves().map(({ moveId, from, to }) => `${to - from} in move ${moveId}`);
    if (free.length + moving.length > 0) differences.add(`${book.key} has ${[...free, ...moving].join(', ')}`);
  }
  return differences;
}
