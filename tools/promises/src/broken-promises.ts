import { type NamedTest, nameOf, PAGE, type Promised } from './promise-page';
import { titlePattern } from './titles';

/** The part of jest's JSON that is looked at. */
export interface JestResults {
  readonly testResults: readonly {
    /** The file's path. */
    readonly name: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

/**
 * One sentence for each promise of which no test passed, or one was skipped or failed, in the order of the page. `results` are those of a whole run: what is not
 * in them did not run. `root` is the repository's.
 */
export function brokenPromises(
  promised: readonly Promised[],
  results: readonly JestResults[],
  root: string,
): readonly string[] {
  return promised.flatMap(({ lineNo, promise, tests }) => {
    const wrong = tests.flatMap((test) => complaint(test, results, root) ?? []);
    return wrong.length === 0 ? [] : [`${PAGE}:${lineNo} "${promise}" ${wrong.join('; ')}.`];
  });
}

function complaint(test: NamedTest, results: readonly JestResults[], root: string): string | undefined {
  const patterns = test.titles.map(titlePattern);
  const statuses = results
    .flatMap(({ testResults }) => testResults)
    .filter(({ name }) => name === `${root}/${test.file}`)
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ ancestorTitles, title }) => {
      const titles = [...ancestorTitles, title];
      return titles.length === patterns.length && patterns.every((pattern, at) => pattern.test(titles[at] ?? ''));
    })
    .map(({ status }) => status);
  const named = `"${nameOf(test)}" of ${test.file}`;
  if (statuses.length === 0) return `names ${named}, which did not run`;
  const notPassed = statuses.find((status) => status !== 'passed');
  if (notPassed === undefined) return undefined;
  return notPassed === 'failed' ? `is broken: ${named} failed` : `is not tested: ${named} was skipped`;
}
