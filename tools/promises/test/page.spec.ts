import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PAGE, readPromises } from '../src/promise-page';
import { testNames } from './test-names';

const ROOT = resolve(__dirname, '../../..');
const promised = readPromises(readFileSync(resolve(ROOT, PAGE), 'utf8'));

const known = new Map<string, readonly string[]>();

/** The names of a file's tests; none where there is no such file. */
function namesOf(file: string): readonly string[] {
  const path = resolve(ROOT, file);
  const names = known.get(file) ?? (existsSync(path) ? testNames(readFileSync(path, 'utf8')) : []).map(String);
  known.set(file, names);
  return names;
}

describe('docs/reference/promises.md', () => {
  // That these tests run and pass is looked at after a whole `npm test`.
  it.each(promised)('line $lineNo names tests that there are: $promise', ({ tests }) => {
    expect(tests.filter(({ file, titles }) => !namesOf(file).includes(String(titles)))).toEqual([]);
  });

  it('promises each thing once', () => {
    const all = promised.map(({ promise }) => promise);
    expect(all.filter((promise, at) => all.indexOf(promise) !== at)).toEqual([]);
  });
});

describe('the names of tests', () => {
  it('are those of a file, whatever its tests are made with', () => {
    const source = `
      describe('a', () => {
        it('b\\'s', f);
        describe.each([1])("c %s", () => { it.each([1, 2] as const)(\`d \${n} e\`, f); });
      });
      it.each<[string]>([['x']])('f', () => { until('g', f); });
      describe(name, () => it('h', f));`;
    expect(testNames(source)).toEqual([['a', "b's"], ['a', 'c %s', 'd ${n} e'], ['f'], ['h']]);
  });
});
