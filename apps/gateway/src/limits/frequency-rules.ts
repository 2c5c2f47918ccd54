import { ADMITTED_APIS, parseJson } from '@floodgate/nest-kit';
import { z } from 'zod';

/** Whom a rule counts: a user, everybody in a network (/24, IPv6 /64), or a device as it names itself. */
export const COUNTED = ['user', 'network', 'device'] as const;
export type Counted = (typeof COUNTED)[number];

const rule = z.strictObject({
  api: z.enum(ADMITTED_APIS),
  by: z.enum(COUNTED),
  perMs: z.number().int().min(100).max(3_600_000),
  /** May come at once; after that they come evenly. */
  max: z.number().int().min(1).max(1_000_000),
});

export const frequencyRules = z.array(rule).max(100);

/** At most `max` requests of an API in `perMs`. */
export type FrequencyRule = z.infer<typeof rule>;

/** The rules as JSON. */
export const frequencyRulesJson = z.string().transform((text, context): readonly FrequencyRule[] => {
  const rules = frequencyRules.safeParse(parseJson(text));
  if (rules.success) return rules.data;
  context.addIssue({ code: 'custom', message: 'must be a JSON list of {api, by, perMs, max}' });
  return z.NEVER;
});

const PER_10_S = { perMs: 10_000 };

/**
 * For people, who press a button again and again: never met by the client of this project. Whoever is signed in counts by themselves and by device alone: a
 * carrier puts a city behind one /24, so that a crowd there is no sign of anything. A network counts where nobody has a name. None in development, where one
 * address is everybody.
 */
export const DEFAULT_RULES: Readonly<Record<'production' | 'development', readonly FrequencyRule[]>> = {
  production: [
    { api: 'grab', by: 'user', ...PER_10_S, max: 20 },
    { api: 'grab', by: 'device', ...PER_10_S, max: 40 },
    { api: 'result', by: 'user', ...PER_10_S, max: 60 },
    { api: 'task', by: 'user', ...PER_10_S, max: 20 },
    { api: 'draw', by: 'user', ...PER_10_S, max: 40 },
    { api: 'qualification', by: 'user', ...PER_10_S, max: 40 },
    { api: 'room', by: 'user', ...PER_10_S, max: 40 },
    { api: 'challenge', by: 'user', ...PER_10_S, max: 20 },
    { api: 'events', by: 'user', ...PER_10_S, max: 20 },
    { api: 'venue', by: 'network', ...PER_10_S, max: 20_000 },
  ],
  development: [],
};
