import { PolicyStore } from '@floodgate/client';
import { REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { type Sample } from '../rows';
import { CAMPAIGN, OwnTime, personOf, policyAnswer, seededRandom, T0_MS } from './simulated-people';

const SECOND_MS = 1_000;
const BEFORE_MS_MAX = 4 * 60_000;
const PATIENCE_MS = 10 * 60_000;

/**
 * So many people open the page in the last minutes before T0, and press the entry at once: counts in which second of the release each request goes
 * out. The schedule is the same number in each.
 */
export async function measureRelease(people: number, name: string): Promise<Sample> {
  const { releaseOverMs } = REFERENCE_PLAN.tier1.entry;
  const seconds = new Array<number>(releaseOverMs / SECOND_MS).fill(0);
  const random = seededRandom(people);
  // One for all, so that the plan is asked for once; everybody evaluates it for themselves.
  const policies = new PolicyStore();
  let outside = 0;
  for (let i = 0; i < people; i += 1) {
    const time = new OwnTime(T0_MS - random() * BEFORE_MS_MAX);
    const answer = (path: string) => {
      if (path.includes('/policy')) return policyAnswer(REFERENCE_PLAN, time.nowMs);
      const second = Math.floor((time.nowMs - T0_MS) / SECOND_MS);
      if (second >= 0 && second < seconds.length) seconds[second] = (seconds[second] ?? 0) + 1;
      else outside += 1;
      return { outcome: 'OK' } as const;
    };
    await personOf(`${name}-${i}`, time, answer, { policies }).enter(CAMPAIGN, { timeBudgetMs: PATIENCE_MS });
  }
  const scheduled = people / seconds.length;
  const offs = seconds.map((count) => Math.abs(count - scheduled) / scheduled);
  return { people, worstSecondOff: Math.max(...offs), outside };
}
