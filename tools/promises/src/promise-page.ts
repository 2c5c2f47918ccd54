import { posix } from 'node:path';

/** A test by its titles as they stand in its file: those of the describes around it, outermost first, and its own. */
export interface NamedTest {
  /** From the repository's root. */
  readonly file: string;
  readonly titles: readonly string[];
}

/** One row of the page: what is promised, and the tests that fail when it is not kept. */
export interface Promised {
  readonly lineNo: number;
  readonly promise: string;
  readonly tests: readonly NamedTest[];
}

export const PAGE = 'docs/reference/promises.md';

const BETWEEN_TITLES = ' › ';
const HEAD_OR_RULE = /^\|\s*(promise\s*\||:?-+)/;
const TEST = /\[[^\]]+\]\(([^)]+)\): `([^`]+)`/g;

/**
 * The rows of the page's tables.
 * @throws Error for a row without a test, with its line.
 */
export function readPromises(page: string): readonly Promised[] {
  return page.split('\n').flatMap((line, index) => {
    if (!line.startsWith('|') || HEAD_OR_RULE.test(line)) return [];
    const [promise = '', cell = ''] = line
      .split(/(?<!\\)\|/)
      .slice(1)
      .map((text) => text.replaceAll('\\|', '|').trim());
    const tests = [...cell.matchAll(TEST)].map(([, link = '', titles = '']) => ({
      file: posix.join(posix.dirname(PAGE), link),
      titles: titles.split(BETWEEN_TITLES),
    }));
    const lineNo = index + 1;
    if (promise === '' || tests.length === 0) throw new Error(`${PAGE}:${lineNo} promises something and names no test`);
    return [{ lineNo, promise, tests }];
  });
}

export const nameOf = ({ titles }: NamedTest): string => titles.join(BETWEEN_TITLES);
