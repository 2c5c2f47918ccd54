import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import {
  compareFolds,
  type FoldDifference,
  findPrograms,
  foldTrace,
  foldTraceWithModel,
  splitTrace,
  type TraceEntry,
  type TraceLine,
} from '../src';
import { randomTraces } from './random-trace';

const TRACES = 150;
const JAVA_MS_MAX = 300_000;

const programs = findPrograms();
const folder = mkdtempSync(join(tmpdir(), 'floodgate-traces-'));
afterAll(() => rmSync(folder, { recursive: true }));

function writeTrace(name: string, lines: readonly TraceLine[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
}

type Change = (entries: readonly TraceEntry[]) => TraceEntry[];

const kindOf = (entry: TraceEntry) => (entry === 'unreadable' ? entry : entry.record.kind);

const OTHER_FOLDS: [string, string, Change][] = [
  ['in which the last grant wins', 'fates', ([first, ...entries]) => [...(first ? [first] : []), ...entries.reverse()]],
  ['without lends', 'lent', (entries) => entries.filter((entry) => kindOf(entry) !== 'lent')],
  ['without borrows', 'borrowed', (entries) => entries.filter((entry) => kindOf(entry) !== 'borrowed')],
  ['without ends', 'free', (entries) => entries.filter((entry) => kindOf(entry) !== 'ended')],
  ['that does not heed closed', 'closed', (entries) => entries.filter((entry) => kindOf(entry) !== 'closed')],
  ['that goes on after what it cannot read', 'stopped', (entries) => entries.filter((entry) => entry !== 'unreadable')],
];

describe('the fold of the code and the fold of the model', () => {
  const seed = Date.now() % 1_000_000;
  const traces = fc.sample(randomTraces, { seed, numRuns: TRACES });
  const shards = traces.flatMap((lines, index) => splitTrace(`trace ${index}`, lines));

  it(
    `make the same of ${TRACES} random logs (seed ${seed})`,
    async () => {
      const paths = traces.map((lines, index) => writeTrace(`${seed}-${index}.jsonl`, lines));
      const { records, differences } = await compareFolds(paths, programs);
      expect(differences).toEqual([]);
      expect(records).toBe(traces.reduce((sum, lines) => sum + lines.length, 0));
    },
    JAVA_MS_MAX,
  );

  it.each(['held', 'ended', 'withdrawn', 'voided'])('meet a grab that is %s in the random logs', (kind) => {
    expect(shards.map(foldTrace).some(({ fates }) => fates.includes(`"${kind}"`))).toBe(true);
  });

  it.each(['lent', 'borrowed', 'addIds', 'qualifications'] as const)('meet %s in the random logs', (field) => {
    expect(shards.map(foldTrace).some((summary) => summary[field] !== '{}')).toBe(true);
  });
});

// What code with other rules would make of a log is what ours makes of the log after the change.
describe('a fold', () => {
  const shards = fc.sample(randomTraces, { seed: 1, numRuns: 50 }).flatMap((lines) => splitTrace('', lines));
  let differences: readonly FoldDifference[];

  beforeAll(async () => {
    const others = OTHER_FOLDS.flatMap(([trace, , change]) =>
      shards.map((shard) => ({
        model: { ...shard, trace },
        code: foldTrace({ ...shard, entries: change(shard.entries) }),
      })),
    );
    const [models, codes] = [others.map(({ model }) => model), others.map(({ code }) => code)];
    differences = await foldTraceWithModel(models, codes, programs);
  }, JAVA_MS_MAX);

  it.each<[string, string, Change]>(OTHER_FOLDS)('%s is found to differ', (name, what) => {
    expect(differences.filter(({ trace }) => trace === name).map((difference) => difference.what)).toContain(what);
  });
});

describe('a trace file', () => {
  it('that is not in log order is refused', () => {
    const [lines = []] = fc.sample(randomTraces, 1);
    expect(() => splitTrace('t', lines.toReversed())).toThrow(/t, 0:\d+ is not in log order/);
  });

  it('with something else in it is refused with its line', async () => {
    const path = join(folder, 'other.jsonl');
    writeFileSync(path, '\n{"partition":0}\n');
    await expect(compareFolds([path], programs)).rejects.toThrow(/other\.jsonl:2 is not \{"partition"/);
    writeFileSync(path, 'no');
    await expect(compareFolds([path], programs)).rejects.toThrow(/other\.jsonl:1 is not JSON/);
  });
});
