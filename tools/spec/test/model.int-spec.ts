import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPrograms } from '../src';
import { checkModel, checkWithout } from '../src/check-model';
import { describeTrace } from '../src/counterexample';
import { RULES } from '../src/rules';

const JAVA_MS_MAX = 600_000;

const programs = findPrograms();
const textOf = (name: string) => readFileSync(join(programs.modules, name), 'utf8');

describe('the model of the stock protocol', () => {
  it(
    'holds in every state of the small setting',
    async () => {
      const { violated, states } = await checkModel('small', programs);
      expect(violated).toBeUndefined();
      expect(states).toBeGreaterThan(5_000);
    },
    JAVA_MS_MAX,
  );

  it.each(RULES.map((rule) => [rule.name, rule] as const))(
    'has a counterexample without %s',
    async (_name, rule) => {
      const { violated, lines } = await checkWithout(rule, programs);
      expect(violated).toBe(rule.breaks);
      // One line at least for the pool, and one for what went wrong.
      expect(describeTrace(lines).length).toBeGreaterThanOrEqual(2);
    },
    JAVA_MS_MAX,
  );
});

describe('the rules', () => {
  const names = RULES.map(({ name }) => name);
  const namesIn = (text: string) => [...text.matchAll(/"([\w-]+)"/g)].map(([, name]) => name);

  it('are those of the model', () => {
    const all = /^AllRules == \{([^}]*)\}/m.exec(textOf('StockProtocol.tla'))?.[1] ?? '';
    expect(namesIn(all)).toEqual(names);
  });

  it.each(['StockProtocol.small.cfg', 'StockProtocol.cfg', 'StockProtocol.wide.cfg'])(
    'are all in force in %s',
    (file) => {
      expect(namesIn(/^ *Rules = (.*)$/m.exec(textOf(file))?.[1] ?? '')).toEqual(names);
    },
  );

  it('stand in the page about the model', () => {
    const page = textOf('README.md');
    expect(names.filter((name) => !page.includes(`| ${name} `))).toEqual([]);
  });
});
