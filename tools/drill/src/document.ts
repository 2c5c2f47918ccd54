import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Place, withText } from '@floodgate/tools/bench';
import { repositoryRoot, StackTrouble } from '@floodgate/tools/stack';
import { type Drill } from './drill';
import { FIGURES } from './figures';
import { type DrillReport } from './run-drill';
import { change } from './show';

const PAGE = 'docs/operating/drills.md';
const RESULTS: Place = { name: PAGE, begin: '<!-- reports -->', end: '<!-- end of reports -->' };
const KNOBS: Place = { name: PAGE, begin: '<!-- drills -->', end: '<!-- end of drills -->' };

const TITLES = { people: 'People', work: 'Work that services do by themselves' } as const;

/**
 * Puts the drills there are, and what was found, into the page of drills; `files` are what --report wrote.
 * @throws StackTrouble when a file is no report, or the page has no place for them.
 */
export function documentDrills(drills: readonly Drill[], files: readonly string[]): string {
  const page = join(repositoryRoot(), PAGE);
  const text = readFileSync(page, 'utf8');
  writeFileSync(page, withResults(withDrills(text, drills), drills, files.flatMap(readReports)));
  return PAGE;
}

/** The page with a line for each drill: the knobs, what is compared, how to read it. */
export function withDrills(page: string, drills: readonly Drill[]): string {
  const lines = drills.map(({ name, knobs, compares, reading }) => {
    return `- **${name}** (${knobs.map((knob) => `\`${knob}\``).join(', ')}). ${sentence(compares)} ${reading}`;
  });
  return withText(page, KNOBS, `${lines.join('\n')}\n`);
}

/** The page with these reports in it, in the order of the drills; of two of one drill the last. */
export function withResults(page: string, drills: readonly Drill[], reports: readonly DrillReport[]): string {
  const byDrill = new Map(reports.map((report) => [report.drill, report]));
  const known = drills.flatMap(({ name }) => byDrill.get(name) ?? []);
  const tables = (['people', 'work'] as const).flatMap((kind) => {
    const ofKind = known.filter((report) => report.kind === kind);
    return ofKind.length === 0 ? [] : [`### ${TITLES[kind]}`, '', ...tableOf(kind, ofKind), ''];
  });
  return withText(page, RESULTS, [...tables, ...footer(known)].join('\n'));
}

function tableOf(kind: DrillReport['kind'], reports: readonly DrillReport[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const heads = FIGURES[kind].map(({ name, unit, kind: side }) => `${side}: ${name}${unit === '' ? '' : `, ${unit}`}`);
  return [
    '<!-- prettier-ignore -->',
    line(['off -> on', ...heads]),
    line(['---', ...heads.map(() => '---')]),
    ...reports.map(({ drill, rows, ok }) => line([ok ? drill : `${drill} (had errors)`, ...rows.map(change)])),
  ];
}

function footer(reports: readonly DrillReport[]): string[] {
  const machines = reports.map(({ machine, date, rounds }) => {
    return `- ${date.slice(0, 10)}, ${machine.cores} x ${machine.cpu}, Node ${machine.node}; medians of ${rounds} rounds`;
  });
  return [...new Set(machines), ''];
}

function sentence(text: string): string {
  const begun = `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
  return begun.endsWith('.') ? begun : `${begun}.`;
}

function readReports(file: string): readonly DrillReport[] {
  if (!existsSync(file)) throw new StackTrouble(`There is no ${file}.`);
  const reports = JSON.parse(readFileSync(file, 'utf8')) as readonly Partial<DrillReport>[];
  const isReport = ({ drill, rows }: Partial<DrillReport>) => drill !== undefined && rows !== undefined;
  if (!Array.isArray(reports) || !reports.every(isReport)) throw new StackTrouble(`${file} is no report of drills.`);
  return reports as readonly DrillReport[];
}
