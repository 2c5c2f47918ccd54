import { Random } from '../random';
import { FAULT_KINDS, type FaultKind, type FaultPlan, planFaults, planFlushInFlight } from './fault-plan';
import { type LoadPlan, planLoad } from './load-plan';

/** All that a seed decides: who grabs what and when, and what breaks when. The same seed gives the same plan. */
export interface SchedulePlan extends LoadPlan {
  readonly seed: number;
  readonly campaignId: string;
  readonly faults: readonly FaultPlan[];
}

export interface PlanOptions {
  readonly kinds?: readonly FaultKind[] | undefined;
  readonly brokers?: number;
}

const LOAD_MS = 2_800;

export function planSchedule(seed: number, { kinds = FAULT_KINDS, brokers = 1 }: PlanOptions = {}): SchedulePlan {
  const random = new Random(`schedule ${seed}`);
  const campaignId = `chaos-${seed}`;
  const load = planLoad(random.fork('load'), { campaignId, turn: seed, loadMs: LOAD_MS });
  const options = { kinds, loadMs: LOAD_MS, brokers };
  const faults = [
    ...planFaults(random.fork('faults'), options),
    ...planFlushInFlight(random.fork('in flight'), options),
  ].sort((one, other) => one.atMs - other.atMs);
  return { seed, campaignId, faults, ...load };
}
