import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot, StackTrouble } from '@floodgate/tools/stack';
import { type Report } from './run-bench';
import { cellsOf, HEAD, renderFooter } from './table';

const PAGE = 'docs/operating/benchmarks.md';
const BEGIN = '<!-- reports -->';
const END = '<!-- end of reports -->';

/**
 * Puts reports into the page of benchmarks, each in place of the one that has its heading or behind the last. `files` are what --report wrote.
 * @throws StackTrouble when a file is no report, or the page has no place for them.
 */
export function documentReports(files: readonly string[]): string {
  if (files.length === 0) throw new StackTrouble('Usage: npm run bench -- document REPORT...');
  const page = join(repositoryRoot(), PAGE);
  writeFileSync(page, withReports(readFileSync(page, 'utf8'), files.map(readReport)));
  return PAGE;
}

function readReport(file: string): Report {
  if (!existsSync(file)) throw new StackTrouble(`There is no ${file}.`);
  const report = JSON.parse(readFileSync(file, 'utf8')) as Partial<Report>;
  if (report.bench === undefined || report.rows === undefined)
    throw new StackTrouble(`${file} is no report of a bench.`);
  return report as Report;
}

/** The page with these reports in it, beside those of other headings. @throws StackTrouble when it has no place for them. */
export function withReports(page: string, reports: readonly Report[]): string {
  const place = { name: PAGE, begin: BEGIN, end: END };
  const sections = new Map(sectionsOf(textIn(page, place)).map((section) => [headingOf(section), section]));
  for (const section of reports.map(sectionOf)) sections.set(headingOf(section), section);
  return withText(page, place, [...sections.values()].join('\n'));
}

const sectionsOf = (text: string) =>
  text
    .split(/^(?=### )/m)
    .filter((part) => part.startsWith('### '))
    .map((part) => `${part.trimEnd()}\n`);

const headingOf = (section: string) => section.slice(0, section.indexOf('\n'));

/** A place in a page, between two comments. */
export interface Place {
  /** Of the page, as people are told it. */
  readonly name: string;
  readonly begin: string;
  readonly end: string;
}

/** The page with this text in the place of what stands there. @throws StackTrouble when it has no such place. */
export function withText(page: string, place: Place, text: string): string {
  const { from, to } = boundsOf(page, place);
  return `${page.slice(0, from)}\n\n${text}\n${page.slice(to)}`;
}

function textIn(page: string, place: Place): string {
  const { from, to } = boundsOf(page, place);
  return page.slice(from, to);
}

/** Where the text between the two comments begins and ends. */
function boundsOf(page: string, { name, begin, end }: Place): { from: number; to: number } {
  const at = page.indexOf(begin);
  const to = page.indexOf(end);
  if (at === -1 || to < at) throw new StackTrouble(`${name} has no place for reports, between ${begin} and ${end}.`);
  return { from: at + begin.length, to };
}

function sectionOf(report: Report): string {
  const { bench, date, rows, options } = report;
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const table = [line(HEAD), line(HEAD.map(() => '---')), ...rows.map((row) => line(cellsOf(row)))];
  const { connections, seconds, inventories, strategy } = options;
  const chosen = `${connections} connections, ${seconds} s a measurement, ${inventories} inventory instances, ${strategy}`;
  return [
    `### ${bench}, ${connections} connections${inventories === 1 ? ', one inventory instance' : ''}`,
    '',
    `${date.slice(0, 10)}; ${chosen}.`,
    '',
    ...table,
    '',
    ...renderFooter(report)
      .split('\n')
      .map((text) => `- ${text}`),
    '',
  ].join('\n');
}
