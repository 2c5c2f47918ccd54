import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot, StackTrouble } from '@floodgate/tools/stack';
import { type Report } from './run-bench';
import { cellsOf, HEAD, renderFooter } from './table';

const PAGE = 'docs/operating/benchmarks.md';
const BEGIN = '<!-- reports -->';
const END = '<!-- end of reports -->';

/**
 * Puts reports into the page of benchmarks, in place of those that stand there. `files` are what --report wrote.
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

/** The page with these reports in it. @throws StackTrouble when it has no place for them. */
export function withReports(page: string, reports: readonly Report[]): string {
  return withText(page, { name: PAGE, begin: BEGIN, end: END }, reports.map(sectionOf).join('\n'));
}

/** A place in a page, between two comments. */
export interface Place {
  /** Of the page, as people are told it. */
  readonly name: string;
  readonly begin: string;
  readonly end: string;
}

/** The page with this text in the place of what stands there. @throws StackTrouble when it has no such place. */
export function withText(page: string, { name, begin, end }: Place, text: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from)
    throw new StackTrouble(`${name} has no place for reports, between ${begin} and ${end}.`);
  return `${page.slice(0, from)}${begin}\n\n${text}\n${page.slice(to)}`;
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
