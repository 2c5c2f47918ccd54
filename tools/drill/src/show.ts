import { figure, type Row } from '@floodgate/tools/bench';
import { type Drill } from './drill';
import { FIGURES, SIDES } from './figures';
import { type DrillReport } from './run-drill';

const NOT_MEASURED = '-';

/** A side of a row: its median. */
const median = (spread: Row['ours']) => (spread === null ? NOT_MEASURED : figure(rounded(spread.median)));

/** What an idle machine does in a run is taken off, and may be a little more than what is left. */
const rounded = (value: number) => (Math.abs(value) < 0.005 ? 0 : value);

/** `off -> on`, or one figure where both say the same. */
export function change({ limit, ours }: Pick<Row, 'limit' | 'ours'>): string {
  const [off, on] = [median(limit), median(ours)];
  return off === on ? on : `${off} -> ${on}`;
}

/** What a drill found, for whoever ran it. */
export function renderReport({ name, compares, reading }: Drill, report: DrillReport): string {
  const { rows, kind, told, errorsByKind, ok, machine, rounds } = report;
  const lines = [
    ['', '', 'off', 'on', 'unit'],
    ...rows.map((row, no) => [FIGURES[kind][no]?.kind ?? '', row.name, median(row.limit), median(row.ours), row.unit]),
  ];
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const table = lines.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const counted = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', ');
  return [
    name,
    compares,
    reading,
    '',
    ...table,
    '',
    `${machine.cores} x ${machine.cpu}, Node ${machine.node}; medians of ${rounds} rounds`,
    ...(kind === 'people' ? SIDES.map((side) => `${side}: ${counted(told[side])}`) : []),
    ...(ok ? [] : [`The figures do not count: ${counted(errorsByKind)}.`]),
  ].join('\n');
}

/** The drills there are, and which knobs they turn. */
export function renderList(drills: readonly Drill[]): string {
  const width = Math.max(...drills.map(({ name }) => name.length));
  return drills.map(({ name, knobs }) => `${name.padEnd(width)}  ${knobs.join(', ')}`).join('\n');
}
