import { type AdmittedApi } from '@floodgate/nest-kit';
import { LRUCache } from 'lru-cache';
import { type Counted, type FrequencyRule } from './frequency-rules';

/** Whom a request comes from; undefined where it does not say. */
export type Subjects = Readonly<Record<Counted, string | undefined>>;

/** Somebody who came too often, and when they may come again. */
export interface Excess {
  readonly by: Counted;
  readonly subject: string;
  readonly againAfterMs: number;
}

/** Each kind has room of its own, so that made-up devices do not push out users. */
const REMEMBERED_MAX = 200_000;

/**
 * Token buckets by rule and subject, each kept as one number: when its tokens will be back (GCRA). Whoever is pushed out by others begins anew. Time comes
 * in, monotonic.
 */
export class FrequencyLimits {
  private rulesOf = new Map<AdmittedApi, readonly NumberedRule[]>();
  private readonly fullAt: Readonly<Record<Counted, LRUCache<string, number>>>;

  constructor(rules: readonly FrequencyRule[], rememberedMax = REMEMBERED_MAX) {
    this.fullAt = {
      user: new LRUCache({ max: rememberedMax }),
      network: new LRUCache({ max: rememberedMax }),
      device: new LRUCache({ max: rememberedMax }),
    };
    this.setRules(rules);
  }

  /** From now on these; who has come before is counted anew where a rule has changed. */
  setRules(rules: readonly FrequencyRule[]): void {
    const byApi = new Map<AdmittedApi, NumberedRule[]>();
    for (const rule of rules) {
      const key = `${rule.api} ${rule.perMs} ${rule.max} `;
      byApi.set(rule.api, [...(byApi.get(rule.api) ?? []), { ...rule, key }]);
    }
    // Of one person before those of many: who comes too often by themselves takes nothing from their neighbours.
    for (const numbered of byApi.values()) numbered.sort((a, b) => ORDER[a.by] - ORDER[b.by]);
    this.rulesOf = byApi;
  }

  /** Whether there is a rule for this API at all. */
  limits(api: AdmittedApi): boolean {
    return this.rulesOf.has(api);
  }

  /** Counts a request; the excess when one of the rules is broken, and then it counts with no rule after that one. */
  take(api: AdmittedApi, subjects: Subjects, nowMs: number): Excess | undefined {
    for (const { by, key, perMs, max } of this.rulesOf.get(api) ?? []) {
      const subject = subjects[by];
      if (subject === undefined) continue;
      const known = this.fullAt[by];
      const fullAtMs = Math.max(known.get(key + subject) ?? 0, nowMs) + perMs / max;
      if (fullAtMs - nowMs > perMs) return { by, subject, againAfterMs: Math.ceil(fullAtMs - nowMs - perMs) };
      known.set(key + subject, fullAtMs);
    }
    return undefined;
  }
}

interface NumberedRule extends FrequencyRule {
  readonly key: string;
}

const ORDER: Readonly<Record<Counted, number>> = { user: 0, device: 1, network: 2 };
