import { AdaptiveThrottle, type ClientOptions } from '@floodgate/client';
import { type Sample } from '../rows';
import { type Answer, CAMPAIGN, OwnTime, personOf, seededRandom, T0_MS } from './simulated-people';

const CALLS_EACH = 8;
const BETWEEN_MS = 5_000;
const FAILURES: readonly Answer[] = [
  undefined,
  { outcome: 'TOO_HOT' },
  { outcome: 'TRY_LATER' },
  { outcome: 'INTERNAL' },
];

/**
 * Pages that do one thing after another while nothing works: how many requests go out for each that would if everything worked, the question for the
 * policy among both.
 */
export async function measureAmplification(pages: number, seed: number): Promise<Sample> {
  const retriesAlone = await sentFor(pages, seed, { throttle: new AdaptiveThrottle({ k: Infinity }) });
  const asShipped = await sentFor(pages, seed, {});
  const wanted = pages * (CALLS_EACH + 1);
  return { pages, sentForEach: retriesAlone / wanted, sentForEachThrottled: asShipped / wanted };
}

async function sentFor(pages: number, seed: number, more: Partial<ClientOptions>): Promise<number> {
  const random = seededRandom(seed);
  let sent = 0;
  const fail = (): Answer => {
    sent += 1;
    return FAILURES[Math.floor(random() * FAILURES.length)];
  };
  for (let i = 0; i < pages; i += 1) {
    const time = new OwnTime(T0_MS);
    const person = personOf(`user-${i}`, time, fail, { random, ...more });
    for (let call = 0; call < CALLS_EACH; call += 1) {
      // Grabs as well: their doubtful results are asked about, and that must stay within the budget too.
      await (call % 2 === 0 ? person.cards(CAMPAIGN) : person.grab(CAMPAIGN, 'p', { grabId: `g-${i}-${call}` }));
      time.nowMs += BETWEEN_MS;
    }
  }
  return sent;
}
