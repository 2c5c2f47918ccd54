/** `npm run spec -- [--small | --list | --without RULE... | --trace FILE...]`; exit 1 when what must hold does not. */
import { parseArgs } from 'node:util';
import { runTool, StackTrouble } from '@floodgate/tools/stack';
import { checkModel, checkWithout, type Setting } from './check-model';
import { compareFolds } from './compare-folds';
import { describeTrace } from './counterexample';
import { findPrograms, type Programs } from './programs';
import { type Rule, RULES } from './rules';

const USAGE = `Usage: npm run spec [-- OPTIONS]
  (none)          checks the full settings, deep and wide; about 5 minutes on a free core
  --small         checks the small setting; takes a minute or less
  --list          names the rules
  --without RULE  drops a rule and expects a counterexample; "all" takes them one after the other
  --trace FILE... folds logs with the code's fold and with the model's, and compares`;

const startedAtMs = performance.now();
const print = (line: string) => void process.stdout.write(`${line}\n`);
const say = (line: string) =>
  print(`[spec ${((performance.now() - startedAtMs) / 1_000).toFixed(0).padStart(3)} s] ${line}`);

// "Progress(9) at 2026-01-01 12:00:00: 291,591 states generated (...), 165,861 distinct states found (...), 95,609 states left on queue."
function sayProgress(line: string): void {
  const [, depth, states, left] = /^Progress\((\d+)\).* ([\d,]+) distinct.* ([\d,]+) states left/.exec(line) ?? [];
  if (depth !== undefined) say(`${states} states found, ${depth} records deep, ${left} to go on from`);
}

async function check(setting: Setting, programs: Programs): Promise<boolean> {
  say(`checking every state of the ${setting} setting`);
  const { violated, states, lines } = await checkModel(setting, programs, sayProgress);
  if (violated === undefined) {
    say(`all invariants hold in all ${states} states`);
    return true;
  }
  say(`${violated} does not hold:`);
  for (const line of describeTrace(lines)) print(`  ${line}`);
  return false;
}

async function dropRule(rule: Rule, programs: Programs): Promise<boolean> {
  say(`without ${rule.name}: ${rule.summary}`);
  const { violated, states, lines } = await checkWithout(rule, programs);
  if (violated === undefined) {
    say(`no counterexample in ${states} states: the rule is not needed there`);
    return false;
  }
  say(`${violated} breaks: ${rule.without}`);
  for (const line of describeTrace(lines)) print(`  ${line}`);
  return true;
}

function ruleNamed(name: string): Rule {
  const rule = RULES.find((one) => one.name === name.replaceAll(' ', '-'));
  if (rule === undefined) throw new StackTrouble(`There is no rule "${name}"; --list names them.`);
  return rule;
}

async function dropRules(names: readonly string[], programs: Programs): Promise<number> {
  const rules = names.flatMap((name) => (name === 'all' ? RULES : ruleNamed(name)));
  const found: boolean[] = [];
  for (const rule of rules) found.push(await dropRule(rule, programs));
  return found.every(Boolean) ? 0 : 1;
}

async function compare(files: readonly string[], programs: Programs): Promise<number> {
  if (files.length === 0) throw new StackTrouble(USAGE);
  const { records, shards, differences } = await compareFolds(files, programs);
  for (const { trace, shard, what, onlyModel, onlyCode } of differences) {
    print(`${trace}, shard ${shard}, ${what}: only the model has ${onlyModel}, only the code ${onlyCode}`);
  }
  say(`${records} records of ${shards} shards folded twice, ${differences.length} differences`);
  return differences.length === 0 ? 0 : 1;
}

void runTool(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      small: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
      without: { type: 'string', multiple: true, default: [] },
    },
  });
  const modes = [values.small, values.list, values.trace, values.without.length > 0].filter(Boolean);
  if (modes.length > 1 || (positionals.length > 0 && !values.trace)) throw new StackTrouble(USAGE);
  if (values.list) {
    for (const { name, summary } of RULES) print(`${name.padEnd(18)} ${summary}`);
    return 0;
  }
  if (values.trace) return compare(positionals, findPrograms());
  if (values.without.length > 0) return dropRules(values.without, findPrograms());
  const settings: readonly Setting[] = values.small ? ['small'] : ['deep', 'wide'];
  for (const setting of settings) if (!(await check(setting, findPrograms()))) return 1;
  return 0;
});
