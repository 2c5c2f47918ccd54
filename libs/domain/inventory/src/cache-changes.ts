import { type CacheChange } from './admission';
import { type FoldEffect } from './fold';
import { type StockRecord } from './records';
import { type ShardState } from './shard-state';

/** What a record that was just folded changes in the admission cache. */
export function cacheChanges(state: ShardState, record: StockRecord, effects: readonly FoldEffect[]): CacheChange[] {
  return [...effects.flatMap((effect) => ofEffect(state, effect)), ...ofMove(record, effects)];
}

/** What the cache must know of an effect. A record that did not count still frees what it had taken. */
function ofEffect(state: ShardState, effect: FoldEffect): CacheChange[] {
  switch (effect.kind) {
    case 'granted': {
      const { userId, grabId, unitNo } = effect.holding;
      return [{ kind: 'granted', userId, grabId, unitNo }];
    }
    case 'grant-rejected': {
      const { userId, grabId, unitNo } = effect.grant;
      return [{ kind: 'refused', userId, grabId, unitNo, unitFree: state.free.has(unitNo) }];
    }
    case 'ended': {
      const { userId, grabId, unitNo } = effect.holding;
      return effect.toStock ? [{ kind: 'ended', userId, grabId, unitNo }] : [];
    }
    case 'voided':
      return [{ kind: 'voided', userId: effect.userId, grabId: effect.grabId }];
    case 'created':
    case 'stock-changed':
    case 'rejected':
      return [];
  }
}

/** Units that came to the shard or left it by a record that counted. */
function ofMove(record: StockRecord, effects: readonly FoldEffect[]): CacheChange[] {
  if (effects.some((effect) => effect.kind === 'rejected')) return [];
  switch (record.kind) {
    case 'added':
    case 'borrowed':
      return [{ kind: 'added', range: record.range }];
    case 'lent':
      return [{ kind: 'removed', range: record.range }];
    default:
      return [];
  }
}
