import { type PlanSnapshot, type Tier } from '@floodgate/domain/degradation-plan';
import { type Acknowledgement, type PlanSource } from '@floodgate/nest-kit';

/**
 * How an instance follows, the worst first. `conflict`: the version in force with another content, which must never be. `ahead`: the database is older than what
 * the instance has. `behind`: it obeys an older plan. `silent`: it was last heard some time ago, because it has ended or does not reach Redis.
 */
export const FOLLOWING_STATES = ['conflict', 'ahead', 'behind', 'silent', 'current'] as const;
export type FollowingState = (typeof FOLLOWING_STATES)[number];

/** Instances that follow through Redis say so at every poll, each few seconds. */
const SILENT_AFTER_MS = 30_000;

/** An instance as operators see it; what it does not tell is null. */
export interface Following extends Omit<Acknowledgement, 'receivedAtMs' | 'source' | 'tier'> {
  readonly receivedAtMs: number | null;
  readonly source: PlanSource | null;
  readonly tier: Tier | null;
  readonly state: FollowingState;
}

/** How every instance follows the plan in force, those that lag or differ first, and how many are in each state. */
export function followingOf(
  acknowledgements: readonly Acknowledgement[],
  inForce: Pick<PlanSnapshot, 'version' | 'hash'>,
  nowMs: number,
): { readonly states: Readonly<Record<FollowingState, number>>; readonly instances: readonly Following[] } {
  const instances = acknowledgements.map((one) => ({
    ...one,
    receivedAtMs: one.receivedAtMs ?? null,
    source: one.source ?? null,
    tier: one.tier ?? null,
    state: stateOf(one, inForce, nowMs),
  }));
  const inState = (state: FollowingState) => instances.filter((one) => one.state === state);
  const states = Object.fromEntries(FOLLOWING_STATES.map((state) => [state, inState(state).length]));
  return {
    states: states as Record<FollowingState, number>,
    // Within a state who obeys the oldest plan: of those that are silent, one that still serves would do the most harm.
    instances: FOLLOWING_STATES.flatMap((state) => inState(state).sort((a, b) => a.version - b.version)),
  };
}

function stateOf(
  { version, hash, source, seenAtMs }: Acknowledgement,
  inForce: Pick<PlanSnapshot, 'version' | 'hash'>,
  nowMs: number,
): FollowingState {
  if (version > inForce.version) return 'ahead';
  if (version === inForce.version && hash !== inForce.hash) return 'conflict';
  // Who does not follow through Redis says it once. Of who has ended it is no news that it obeys an older plan.
  if (source !== undefined && nowMs - seenAtMs > SILENT_AFTER_MS) return 'silent';
  return version < inForce.version ? 'behind' : 'current';
}
