import { readPromises } from './promise-page';

describe('readPromises', () => {
  const row = (cell: string) => readPromises(`# Title\n\n| promise | test |\n| --- | --- |\n| It holds. | ${cell} |\n`);

  it('reads each row with its tests, in whatever width the table is set', () => {
    const cell = '[a.spec.ts](../../libs/a.spec.ts): `a › b \\| c`<br>[b.spec.ts](../../b.spec.ts): `d`';
    expect(row(cell)).toEqual([
      {
        lineNo: 5,
        promise: 'It holds.',
        tests: [
          { file: 'libs/a.spec.ts', titles: ['a', 'b | c'] },
          { file: 'b.spec.ts', titles: ['d'] },
        ],
      },
    ]);
    expect(readPromises('| promise   | test |\n| :-------- | ---- |\n')).toEqual([]);
  });

  it('refuses a row without a test, by its line', () => {
    expect(() => row('somebody looked at it')).toThrow('docs/reference/promises.md:5 promises');
  });
});
