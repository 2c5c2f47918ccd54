import { homeShard, shardKey, type StockRecord } from '@floodgate/domain/inventory';
import { foldTrace, type FoldSummary, SUMMARY_FIELDS } from './fold-summary';
import { findPrograms, type Programs } from './programs';
import { RULES } from './rules';
import { runTlc } from './tlc';
import { type TlaValue, toTla } from './tla';
import { readTrace, type ShardTrace, type TraceEntry } from './trace';

/** A part of a shard's state that the two folds do not agree on. */
export interface FoldDifference {
  readonly trace: string;
  readonly shard: string;
  /** Which part: `free`, `fates`, ... */
  readonly what: string;
  /** TLA+ sets of what only one of them has. */
  readonly onlyModel: string;
  readonly onlyCode: string;
}

export interface FoldComparison {
  readonly records: number;
  readonly shards: number;
  /** Empty when code and model agree. */
  readonly differences: readonly FoldDifference[];
}

/**
 * Folds the logs in these trace files with the code's fold and with the model's, in one run of TLC, and compares everything that they made
 * of them.
 * @throws StackTrouble when a file is no trace, or TLC cannot run.
 */
export async function compareFolds(paths: readonly string[], programs = findPrograms()): Promise<FoldComparison> {
  const traces = paths.flatMap(readTrace);
  const differences = await foldTraceWithModel(traces, traces.map(foldTrace), programs);
  return { records: traces.reduce((sum, { entries }) => sum + entries.length, 0), shards: traces.length, differences };
}

/**
 * Folds logs with the model's fold and tells where that differs from what another fold made of them.
 * @throws StackTrouble when TLC cannot run.
 */
export async function foldTraceWithModel(
  traces: readonly ShardTrace[],
  summaries: readonly FoldSummary[],
  programs: Programs,
): Promise<FoldDifference[]> {
  if (traces.length === 0) return [];
  const job = { module: 'StockTrace', text: moduleOf(traces, summaries), config: CONFIG, short: true };
  const { lines } = await runTlc(job, programs);
  return lines.flatMap((line) => {
    const parts = line.startsWith('"DIFFERENCE|') ? line.slice(1, -1).split('|') : undefined;
    const [, number, what = '', onlyModel = '', onlyCode = ''] = parts ?? [];
    const differing = traces[Number(number) - 1];
    if (differing === undefined) return [];
    return [{ trace: differing.trace, shard: shardKey(differing.shard), what, onlyModel, onlyCode }];
  });
}

const CONFIG = `
SPECIFICATION Spec
INVARIANT Compared
CHECK_DEADLOCK FALSE
CONSTANTS
  Rules = ${toTla(new Set(RULES.map(({ name }) => name)))}
  HomeShard <- Home
`;

/** The logs as a module: one behaviour for each shard, one step for each record. */
function moduleOf(traces: readonly ShardTrace[], summaries: readonly FoldSummary[]): string {
  const shards = traces.map((trace, index) => {
    const summary = summaries[index];
    const fields = SUMMARY_FIELDS.map((field) => `${field} |-> ${summary?.[field] ?? '{}'}`).join(',\n    ');
    const records = trace.entries.map((entry) => recordOf(entry, index + 1)).join(',\n    ');
    return `[shardNo |-> ${trace.shard.shardNo},\n  code |-> [${fields}],\n  records |-> <<${records}>>]`;
  });
  return `---- MODULE StockTrace ----
EXTENDS StockFold
Traces == <<
${shards.join(',\n')}
>>
\\* Who among the people in a log is at home in its shard; the map itself is a hash, and not modelled.
AtHome == <<${traces.map((trace) => toTla(new Set(usersAtHome(trace)))).join(',\n')}>>
Home(pool, userId) == IF userId \\in AtHome[pool.key] THEN Traces[pool.key].shardNo ELSE -1
${STEPS}
====
`;
}

const STEPS = String.raw`
VARIABLES number, position, state
vars == <<number, position, state>>
Init == \E n \in DOMAIN Traces : number = n /\ position = 0 /\ state = EmptyShard(Traces[n].shardNo)
Next ==
  /\ position < Len(Traces[number].records)
  /\ position' = position + 1
  /\ state' = applyEntry(state, Traces[number].records[position + 1])
  /\ UNCHANGED number
Spec == Init /\ [][Next]_vars

MovesOf(moves) == {<<m, moves[m].range.from, moves[m].range.to, moves[m].otherShardNo, moves[m].generations>> : m \in DOMAIN moves}
Summary ==
  [ pool           |-> IF IsCreated(state) THEN {state.pool.settlement} ELSE {},
    free           |-> state.free,
    everHad        |-> state.everHad,
    holders        |-> {LET h == state.heldByUser[u] IN <<h.userId, h.grabId, h.unitNo, h.generation, h.qualificationId>> :
                          u \in DOMAIN state.heldByUser},
    fates          |-> {LET fate == state.grabs[g] IN <<g, fate.kind, fate.holding.userId, fate.holding.unitNo, fate.holding.generation>> :
                          g \in DOMAIN state.grabs},
    generations    |-> {<<u, state.generations[u]>> : u \in DOMAIN state.generations},
    qualifications |-> state.spentQualifications,
    addIds         |-> state.addIds,
    lent           |-> MovesOf(state.lent),
    borrowed       |-> MovesOf(state.borrowed),
    counts         |-> {<<state.heldCount, state.withdrawnCount>>},
    closed         |-> {state.closed},
    stopped        |-> {state.stopped} ]
Compared ==
  position = Len(Traces[number].records) =>
    LET model == Summary
        code == Traces[number].code
    IN \A field \in DOMAIN model : model[field] = code[field] \/
         PrintT("DIFFERENCE|" \o ToString(number) \o "|" \o field \o "|"
                \o ToString(model[field] \ code[field]) \o "|" \o ToString(code[field] \ model[field]))
`;

function usersAtHome({ shard, entries }: ShardTrace): string[] {
  const users = new Set<string>();
  let pool: Extract<StockRecord, { kind: 'created' }>['pool'] | undefined;
  for (const entry of entries) {
    if (entry === 'unreadable') continue;
    if (entry.record.kind === 'created') pool ??= entry.record.pool;
    if (entry.record.kind === 'granted') for (const { userId } of entry.record.grants) users.add(userId);
  }
  const home = pool;
  return home === undefined ? [] : [...users].filter((userId) => homeShard(home, userId) === shard.shardNo);
}

/** A record in the model's terms: the domain's own, without what no rule looks at. */
function recordOf(entry: TraceEntry, poolKey: number): string {
  if (entry === 'unreadable') return toTla({ kind: 'unreadable' });
  const { record } = entry;
  if (record.kind !== 'created') return toTla(plain(record));
  const { kind, foldVersion, mapVersion, range, pool } = record;
  const { settlement, stock, shards } = pool;
  return toTla(plain({ kind, foldVersion, mapVersion, range, pool: { key: poolKey, settlement, stock, shards } }));
}

// Records are plain data; this only tells the compiler.
const plain = (record: object): TlaValue => record as TlaValue;
