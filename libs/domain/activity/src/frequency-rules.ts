import { type Clock } from '@floodgate/kernel';
import { type Refusal } from './refusal';
import { invalid, RISK_KINDS } from './risk-list';

/** At most `max` requests of an API in `perMs`, by user, network or device. */
export interface FrequencyRule {
  readonly api: string;
  readonly by: string;
  readonly perMs: number;
  readonly max: number;
}

export interface FrequencyRules {
  /** 0 while nobody has set any: then each gateway has its own defaults. */
  readonly version: number;
  readonly rules: readonly FrequencyRule[];
}

/** The frequency rules in force, and those before them. */
export interface FrequencyRuleBook {
  current(): Promise<FrequencyRules>;
  /** Makes them the next version. */
  add(rules: readonly FrequencyRule[], by: string, nowMs: number): Promise<FrequencyRules>;
}

export type SetFrequencyRulesResult =
  { readonly outcome: 'OK'; readonly rules: FrequencyRules } | Refusal<'INVALID_REQUEST'>;

/** What gateways count by. */
const APIS = [
  ...['venue', 'entry', 'task', 'draw', 'cards', 'redeem', 'qualification', 'grab', 'pay'],
  ...['result', 'room', 'challenge', 'events'],
];
const RULES_MAX = 100;
const PER_MS_MAX = 3_600_000;

/** Sets all frequency rules at once. */
export class SetFrequencyRules {
  constructor(
    private readonly book: FrequencyRuleBook,
    private readonly clock: Clock,
  ) {}

  async run(rules: readonly FrequencyRule[], setBy: string): Promise<SetFrequencyRulesResult> {
    if (rules.length > RULES_MAX) return invalid('rules', `must be ${RULES_MAX} at most`);
    for (const [no, rule] of rules.entries()) {
      const fault = faultOf(rule);
      if (fault !== undefined) return invalid(`rules.${no}.${fault}`, 'is out of its bounds');
    }
    return { outcome: 'OK', rules: await this.book.add(rules, setBy, this.clock.nowMs()) };
  }
}

function faultOf({ api, by, perMs, max }: FrequencyRule): keyof FrequencyRule | undefined {
  if (!APIS.includes(api)) return 'api';
  if (!(RISK_KINDS as readonly string[]).includes(by)) return 'by';
  if (!Number.isInteger(perMs) || perMs < 100 || perMs > PER_MS_MAX) return 'perMs';
  return Number.isInteger(max) && max >= 1 && max <= 1_000_000 ? undefined : 'max';
}
