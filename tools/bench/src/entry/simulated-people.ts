import { type ClientOptions, type Fetch, FloodgateClient, type Sleep } from '@floodgate/client';
import { BUILT_IN_SNAPSHOT, effectivePolicy, type Plan } from '@floodgate/domain/degradation-plan';
import { type Outcome, OUTCOMES } from '@floodgate/kernel';

/** T0 of everything simulated here. */
export const T0_MS = 1_800_000_000_000;
export const CAMPAIGN = 'c';

/** A clock that stands still but for what its owner waits. */
export class OwnTime {
  constructor(public nowMs: number) {}

  readonly clock = (): number => this.nowMs;

  readonly sleep: Sleep = (ms) => {
    this.nowMs += ms;
    return Promise.resolve();
  };
}

/** What a simulated gateway says to a request; undefined: nothing comes back. */
export type Answer = { readonly outcome: Outcome; readonly more?: object; readonly pass?: string } | undefined;

/** A person's page: an SDK with a throttle, a retry budget and a policy of its own, on a clock of its own. */
export function personOf(
  userId: string,
  time: OwnTime,
  answer: (path: string, pass: string | undefined) => Answer,
  more: Partial<ClientOptions> = {},
): FloodgateClient {
  const fetch: Fetch = (url, { headers }) => {
    const answered = answer(url, headers['fg-pass']);
    if (!answered) return Promise.reject(new TypeError('fetch failed'));
    const { outcome, more: body, pass = null } = answered;
    const text = JSON.stringify({ outcome, ...body });
    return Promise.resolve({
      status: OUTCOMES[outcome].httpStatus,
      headers: { get: (name: string) => (name === 'fg-pass' ? pass : null) },
      text: () => Promise.resolve(text),
    });
  };
  const { clock, sleep } = time;
  const token = `h.${Buffer.from(JSON.stringify({ sub: userId })).toString('base64url')}.s`;
  return new FloodgateClient({ baseUrl: '', token, fetch, clock, sleep, ...more });
}

/** The answer of GET /policy at an instant. */
export function policyAnswer(plan: Plan, nowMs: number): Answer {
  const snapshot = { ...BUILT_IN_SNAPSHOT, version: 1, plan };
  const policy = effectivePolicy(plan, { campaignId: CAMPAIGN, t0Ms: T0_MS }, nowMs, []);
  return { outcome: 'OK', more: { policyVersion: 1, nowMs, policy, snapshot } };
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
