import {
  applyEntry,
  emptyShard,
  FoldStop,
  type Move,
  type ShardState,
  type UnitRange,
} from '@floodgate/domain/inventory';
import { type TlaValue, toTla } from './tla';
import { type ShardTrace } from './trace';

/** What a fold made of a shard's log: for each part of the state a set, as TLA+ text. Summary of the generated module has the same fields. */
export type FoldSummary = Readonly<Record<SummaryField, string>>;

export const SUMMARY_FIELDS = [
  'pool',
  'free',
  'everHad',
  'holders',
  'fates',
  'generations',
  'qualifications',
  'addIds',
  'lent',
  'borrowed',
  'counts',
  'closed',
  'stopped',
] as const;

export type SummaryField = (typeof SUMMARY_FIELDS)[number];

/** Folds a shard's log with the code's fold. A record that stops the shard is its last. */
export function foldTrace({ shard, entries }: ShardTrace): FoldSummary {
  const state = emptyShard(shard);
  for (const entry of entries) {
    if (entry === 'unreadable') return summaryOf(state, true);
    try {
      applyEntry(state, entry);
    } catch (error) {
      if (!(error instanceof FoldStop)) throw error;
      return summaryOf(state, true);
    }
  }
  return summaryOf(state, false);
}

/** A shard's state in the words of the model. */
export function summaryOf(state: ShardState, stopped: boolean): FoldSummary {
  const holders = [...state.heldByUser.values()];
  const fates = [...state.grabs].map(([grabId, fate]): TlaValue => {
    if (fate.kind === 'voided') return [grabId, fate.kind, fate.userId, -1, -1];
    return [grabId, fate.kind, fate.holding.userId, fate.holding.unitNo, fate.holding.generation];
  });
  return {
    pool: setOf(state.pool === undefined ? [] : [state.pool.settlement]),
    free: unitsOf(state.free.toArray()),
    everHad: unitsOf(state.everHad.toArray()),
    holders: setOf(
      holders.map(({ userId, grabId, unitNo, generation, qualificationId }) => [
        userId,
        grabId,
        unitNo,
        generation,
        qualificationId,
      ]),
    ),
    fates: setOf(fates),
    generations: setOf([...state.generations]),
    qualifications: setOf([...state.spentQualifications]),
    addIds: setOf([...state.addIds]),
    lent: movesOf(state.lent),
    borrowed: movesOf(state.borrowed),
    counts: setOf([[state.heldCount, state.withdrawnCount]]),
    closed: setOf([state.closed]),
    stopped: setOf([stopped]),
  };
}

const setOf = (values: readonly TlaValue[]): string => toTla(new Set(values));

const unitsOf = (ranges: readonly UnitRange[]): string =>
  `UNION {${ranges.map(({ from, to }) => `${from}..${to - 1}`).join(', ')}}`;

const movesOf = (moves: ReadonlyMap<string, Move>): string =>
  setOf(
    [...moves].map(([moveId, { range, otherShardNo, generations }]) => [
      moveId,
      range.from,
      range.to,
      otherShardNo,
      generations,
    ]),
  );
