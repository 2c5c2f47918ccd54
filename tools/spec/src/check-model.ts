import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Programs } from './programs';
import { type Rule, RULES } from './rules';
import { runTlc, type TlcResult } from './tlc';

/**
 * The configurations in docs/spec. `small` ends within a minute; `deep` allows longer logs, and `wide` has more units, people and moves:
 * these two take some minutes.
 */
export type Setting = 'small' | 'deep' | 'wide';

const MODULE = 'StockProtocol';
const FILES: Readonly<Record<Setting, string>> = {
  small: `${MODULE}.small.cfg`,
  deep: `${MODULE}.cfg`,
  wide: `${MODULE}.wide.cfg`,
};

/** Checks every invariant in every state of a setting, with all rules in force. `onProgress` hears TLC's own reports. */
export function checkModel(
  setting: Setting,
  programs: Programs,
  onProgress?: (line: string) => void,
): Promise<TlcResult> {
  return runTlc({ module: MODULE, config: configOf(setting, programs), short: false }, programs, onProgress);
}

/** Looks, in the small setting, for a state in which the invariant that a rule is for breaks without it. */
export function checkWithout(rule: Rule, programs: Programs): Promise<TlcResult> {
  const config = withoutRule(configOf('small', programs), rule);
  return runTlc({ module: MODULE, config, short: true }, programs);
}

const configOf = (setting: Setting, { modules }: Programs): string =>
  readFileSync(join(modules, FILES[setting]), 'utf8');

/** The same configuration with one rule less, and of the invariants only the one that is for people to see broken. */
function withoutRule(config: string, rule: Rule): string {
  const left = RULES.filter(({ name }) => name !== rule.name).map(({ name }) => `"${name}"`);
  return config
    .replace(/^( *Rules = ).*$/m, `$1{${left.join(', ')}}`)
    .replace(/^INVARIANTS[^]*$/m, `INVARIANT ${rule.breaks}\n`);
}
