import { type Grant, type StockLogEntry, type StockRecord } from './records';
import { homeShard, MAP_VERSION } from './shard-map';
import { type Holding, type ShardState } from './shard-state';

/** Version of the rules in this file. A shard created under another version is not served by this code. */
export const FOLD_VERSION = 1;

/** Why a record, or one grant in it, changes nothing. */
export type Rejection =
  | 'not-created'
  | 'created-before'
  | 'added-before'
  | 'closed'
  | 'not-home'
  | 'unit-not-free'
  | 'holds-one'
  | 'grab-not-new'
  | 'qualification-spent'
  | 'not-held'
  | 'range-not-free'
  | 'moved-before'
  | 'range-known';

/** What a record did, in order; several for a record with several grants. */
export type FoldEffect =
  | { readonly kind: 'created' }
  | { readonly kind: 'stock-changed' }
  | { readonly kind: 'granted'; readonly holding: Holding; readonly index: number }
  | { readonly kind: 'grant-rejected'; readonly grant: Grant; readonly reason: Rejection }
  | { readonly kind: 'ended'; readonly holding: Holding; readonly toStock: boolean; readonly causationId: string }
  | { readonly kind: 'voided'; readonly userId: string; readonly grabId: string }
  | { readonly kind: 'rejected'; readonly reason: Rejection };

/** The log holds something this code must not guess about: the shard is not served until it is understood. */
export class FoldStop extends Error {}

/**
 * The fold: which records of the stock log count. The same function serves instances, recorder, auditor and tests; given the
 * same records in the same order it always ends in the same state. Takes each of the shard's records once, in log order.
 */
export function applyEntry(state: ShardState, entry: StockLogEntry): FoldEffect[] {
  if (entry.offset <= state.lastOffset) throw new FoldStop(`offset ${entry.offset} comes after ${state.lastOffset}`);
  const effects = applyRecord(state, entry.record);
  state.lastOffset = entry.offset;
  return effects;
}

function applyRecord(state: ShardState, record: StockRecord): FoldEffect[] {
  if (record.kind === 'created') return [applyCreated(state, record)];
  if (state.pool === undefined) return [rejected('not-created')];
  switch (record.kind) {
    case 'added':
      return [applyAdded(state, record)];
    case 'granted':
      return record.grants.map((grant, index) => applyGrant(state, grant, index));
    case 'ended':
      return [applyEnded(state, record)];
    case 'voided':
      return [applyVoided(state, record)];
    case 'lent':
      return [applyLent(state, record)];
    case 'borrowed':
      return [applyBorrowed(state, record)];
    case 'closed':
      state.closed = true;
      return [{ kind: 'stock-changed' }];
  }
}

type RecordOf<K extends StockRecord['kind']> = Extract<StockRecord, { kind: K }>;

const rejected = (reason: Rejection): FoldEffect => ({ kind: 'rejected', reason });

function applyCreated(state: ShardState, record: RecordOf<'created'>): FoldEffect {
  if (state.lastOffset !== -1) return rejected('created-before');
  if (record.foldVersion !== FOLD_VERSION || record.mapVersion !== MAP_VERSION) {
    throw new FoldStop(`shard was created under fold ${record.foldVersion} and map ${record.mapVersion}`);
  }
  state.pool = record.pool;
  addUnits(state, record.range.from, record.range.to);
  return { kind: 'created' };
}

function applyAdded(state: ShardState, { addId, range }: RecordOf<'added'>): FoldEffect {
  if (state.addIds.has(addId)) return rejected('added-before');
  if (state.everHad.hasAny(range.from, range.to)) return rejected('range-known');
  state.addIds.add(addId);
  addUnits(state, range.from, range.to);
  return { kind: 'stock-changed' };
}

function addUnits(state: ShardState, from: number, to: number): void {
  if (from === to) return;
  state.free.add(from, to);
  state.everHad.add(from, to);
}

function applyGrant(state: ShardState, grant: Grant, index: number): FoldEffect {
  const reason = grantRejection(state, grant);
  if (reason !== undefined) return { kind: 'grant-rejected', grant, reason };

  // From here on the grant counts.
  const holding: Holding = { ...grant, generation: state.generations.get(grant.unitNo) ?? 0 };
  state.free.remove(grant.unitNo, grant.unitNo + 1);
  state.heldByUser.set(grant.userId, holding);
  state.grabs.set(grant.grabId, { kind: 'held', holding });
  if (grant.qualificationId !== '') state.spentQualifications.add(grant.qualificationId);
  state.heldCount++;
  return { kind: 'granted', holding, index };
}

function grantRejection(state: ShardState, grant: Grant): Rejection | undefined {
  if (state.closed) return 'closed';
  if (state.pool === undefined || homeShard(state.pool, grant.userId) !== state.id.shardNo) return 'not-home';
  if (state.grabs.has(grant.grabId)) return 'grab-not-new';
  if (state.heldByUser.has(grant.userId)) return 'holds-one';
  if (grant.qualificationId !== '' && state.spentQualifications.has(grant.qualificationId))
    return 'qualification-spent';
  if (!state.free.has(grant.unitNo)) return 'unit-not-free';
  return undefined;
}

function applyEnded(state: ShardState, record: RecordOf<'ended'>): FoldEffect {
  const fate = state.grabs.get(record.grabId);
  const exact = fate?.kind === 'held' && fate.holding.userId === record.userId && fate.holding.unitNo === record.unitNo;
  // A packet never goes back to stock: its amount was already shown to somebody.
  if (!exact || (record.toStock && state.pool?.settlement === 'payout')) return rejected('not-held');

  const { holding } = fate;
  state.heldCount--;
  if (record.toStock) {
    state.grabs.set(record.grabId, { kind: 'ended', holding });
    state.heldByUser.delete(record.userId);
    state.generations.set(holding.unitNo, holding.generation + 1);
    state.free.add(holding.unitNo, holding.unitNo + 1);
  } else {
    // The person keeps counting as one who had theirs.
    state.grabs.set(record.grabId, { kind: 'withdrawn', holding });
    state.withdrawnCount++;
  }
  return { kind: 'ended', holding, toStock: record.toStock, causationId: record.causationId };
}

function applyVoided(state: ShardState, { userId, grabId }: RecordOf<'voided'>): FoldEffect {
  if (state.grabs.has(grabId)) return rejected('grab-not-new');
  state.grabs.set(grabId, { kind: 'voided', userId });
  return { kind: 'voided', userId, grabId };
}

function applyLent(state: ShardState, { moveId, range, borrowerShardNo }: RecordOf<'lent'>): FoldEffect {
  if (state.closed) return rejected('closed');
  if (state.lent.has(moveId)) return rejected('moved-before');
  if (range.from >= range.to || !state.free.hasAll(range.from, range.to)) return rejected('range-not-free');
  const generations: number[] = [];
  for (let unit = range.from; unit < range.to; unit++) generations.push(state.generations.get(unit) ?? 0);
  state.free.remove(range.from, range.to);
  state.lent.set(moveId, { range, otherShardNo: borrowerShardNo, generations });
  return { kind: 'stock-changed' };
}

function applyBorrowed(state: ShardState, record: RecordOf<'borrowed'>): FoldEffect {
  const { moveId, range, lenderShardNo, generations } = record;
  if (state.borrowed.has(moveId)) return rejected('moved-before');
  if (generations.length !== range.to - range.from || state.free.hasAny(range.from, range.to))
    return rejected('range-known');
  state.borrowed.set(moveId, { range, otherShardNo: lenderShardNo, generations });
  generations.forEach((generation, index) => {
    if (generation > 0) state.generations.set(range.from + index, generation);
  });
  state.free.add(range.from, range.to);
  for (let unit = range.from; unit < range.to; unit++) {
    if (!state.everHad.has(unit)) state.everHad.add(unit, unit + 1);
  }
  return { kind: 'stock-changed' };
}
