import { brokenPromises } from './broken-promises';

const file = 'libs/a/src/a.spec.ts';

const promisedBy = (...titles: string[]) => [{ lineNo: 7, promise: 'It holds.', tests: [{ file, titles }] }];
const run = (status: string, title = 'stays', ancestorTitles = ['a thing']) => ({
  testResults: [{ name: `/repo/${file}`, assertionResults: [{ ancestorTitles, title, status }] }],
});
const brokenBy = (titles: string[], ...results: ReturnType<typeof run>[]) =>
  brokenPromises(promisedBy(...titles), results, '/repo');

describe('a promise', () => {
  it('is kept when its test passed', () => {
    expect(brokenBy(['a thing', 'stays'], run('passed'))).toEqual([]);
  });

  it.each([
    ['failed', `is broken: "a thing › stays" of ${file} failed`],
    ['pending', `is not tested: "a thing › stays" of ${file} was skipped`],
    ['todo', `is not tested: "a thing › stays" of ${file} was skipped`],
  ])('is told in a sentence when its test is %s', (status, said) => {
    expect(brokenBy(['a thing', 'stays'], run(status))).toEqual([`docs/reference/promises.md:7 "It holds." ${said}.`]);
  });

  it.each<[string, string[]]>([
    ['its own title', ['a thing', 'goes']],
    ['that of a describe', ['another thing', 'stays']],
    ['its depth', ['stays']],
  ])('is told when no test has its name, by %s', (_, titles) => {
    expect(brokenBy(titles, run('passed'))).toEqual([
      `docs/reference/promises.md:7 "It holds." names "${titles.join(' › ')}" of ${file}, which did not run.`,
    ]);
    expect(brokenPromises(promisedBy('a thing', 'stays'), [], '/repo')).toHaveLength(1);
  });

  it('needs all cases of a test that has several', () => {
    const titles = ['a thing', 'costs %i of ${MAX} fen. $name'];
    const [one, other] = ['costs 1 of 9 fen. A', 'costs 2 of 9 fen. B'];
    expect(brokenBy(titles, run('passed', one), run('passed', other))).toEqual([]);
    expect(brokenBy(titles, run('passed', one), run('failed', other))).toHaveLength(1);
    expect(brokenBy(titles, run('passed', 'costs 1 of 9 fen, A'))).toHaveLength(1);
  });
});
