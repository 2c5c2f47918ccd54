import {
  APIS,
  CAPPED_APIS,
  type Caps,
  type ConsumerLimits,
  type DropSpec,
  type Lottery,
  type Plan,
  PRIORITIES,
  SLOWED_CONSUMERS,
} from './plan';

export interface PlanFault {
  /** Path of the field that is wrong, such as `tier2.serverDrop.shares.pay`. */
  readonly field: string;
  readonly reason: string;
}

/** The first thing that makes a plan unfit to be used, beyond its types; undefined when it is sound. */
export function findPlanFault(plan: Plan): PlanFault | undefined {
  const { normal, tier1, tier2, tier3 } = plan;
  return (
    durationFault(plan) ??
    priorityFault(plan) ??
    capFault('normal.caps', normal.caps) ??
    capFault('tier1.caps', tier1.caps) ??
    looserCapFault(plan) ??
    rateFault('tier1.room.perSecond', tier1.room.perSecond) ??
    consumerFault('normal.consumers', normal.consumers) ??
    consumerFault('tier1.consumers', tier1.consumers) ??
    looserConsumerFault(plan) ??
    lotteryFault(tier1.lottery) ??
    dropFault('tier2.serverDrop', tier2.serverDrop) ??
    dropFault('tier3.clientDrop', tier3.clientDrop) ??
    challengeFault(plan)
  );
}

const WINDOW_MS_MIN = 1_000;
const POLL_INTERVAL_MS_MIN = 100;

function durationFault(plan: Plan): PlanFault | undefined {
  const { normal, tier1, tier2, tier3 } = plan;
  const atLeast: readonly (readonly [field: string, value: number, min: number])[] = [
    ['rampDownMs', plan.rampDownMs, 0],
    ['manualTtlMs', plan.manualTtlMs, 1],
    ['tier1.beforeMs', tier1.beforeMs, 0],
    ['tier1.afterMs', tier1.afterMs, 0],
    ['tier1.entry.releaseOverMs', tier1.entry.releaseOverMs, 0],
    ['tier1.room.beforeMs', tier1.room.beforeMs, 0],
    ['tier1.lottery.roundMs', tier1.lottery.roundMs, WINDOW_MS_MIN],
    ['tier2.serverDrop.windowMs', tier2.serverDrop.windowMs, WINDOW_MS_MIN],
    ['tier3.clientDrop.windowMs', tier3.clientDrop.windowMs, WINDOW_MS_MIN],
    ['normal.pollIntervalMs', normal.pollIntervalMs, POLL_INTERVAL_MS_MIN],
    ['tier1.pollIntervalMs', tier1.pollIntervalMs, normal.pollIntervalMs],
    ['tier2.pollIntervalMs', tier2.pollIntervalMs, tier1.pollIntervalMs],
    ['tier3.pollIntervalMs', tier3.pollIntervalMs, tier2.pollIntervalMs],
  ];
  const wrong = atLeast.find(([, value, min]) => !Number.isSafeInteger(value) || value < min);
  if (wrong) return { field: wrong[0], reason: `must be a whole number of milliseconds, at least ${wrong[2]}` };
  if (!Number.isSafeInteger(tier1.entry.offsetMs)) {
    return { field: 'tier1.entry.offsetMs', reason: 'must be a whole number of milliseconds' };
  }
  return undefined;
}

/** Along a person's way nothing later may be shed before something earlier: who got so far would be turned away at the till. */
function priorityFault({ priorities }: Plan): PlanFault | undefined {
  const rankOf = (api: keyof Plan['priorities']) => PRIORITIES.indexOf(priorities[api]);
  const lowest = Math.max(...APIS.filter((api) => api !== 'pay').map(rankOf));
  if (priorities.pay !== 'pay') return { field: 'priorities.pay', reason: 'paying must have the priority pay' };
  if (rankOf('grab') > rankOf('qualification')) {
    return { field: 'priorities.grab', reason: 'grabbing must not be shed before qualifying' };
  }
  const browsing = (['venue', 'entry'] as const).find((api) => rankOf(api) < lowest);
  return browsing && { field: `priorities.${browsing}`, reason: 'browsing must be what is shed first' };
}

const isRate = (value: number | null) => value === null || (Number.isSafeInteger(value) && value >= 1);

function rateFault(field: string, value: number | null): PlanFault | undefined {
  return isRate(value) ? undefined : { field, reason: 'must be a whole number, at least 1, or null for no limit' };
}

function capFault(path: string, caps: Caps): PlanFault | undefined {
  const api = CAPPED_APIS.find((name) => !isRate(caps[name]));
  return (
    api && {
      field: `${path}.${api}`,
      reason: 'must be a whole number of requests a second, at least 1, or null for no cap',
    }
  );
}

const isLooser = (value: number | null, than: number | null) => (value ?? Infinity) > (than ?? Infinity);

function looserCapFault({ normal, tier1 }: Plan): PlanFault | undefined {
  const api = CAPPED_APIS.find((name) => isLooser(tier1.caps[name], normal.caps[name]));
  return api && { field: `tier1.caps.${api}`, reason: 'tier 1 must not admit more than normal' };
}

function consumerFault(path: string, limits: ConsumerLimits): PlanFault | undefined {
  for (const name of SLOWED_CONSUMERS) {
    const { eventsPerSecond, concurrency } = limits[name];
    const fault =
      rateFault(`${path}.${name}.eventsPerSecond`, eventsPerSecond) ??
      rateFault(`${path}.${name}.concurrency`, concurrency);
    if (fault) return fault;
  }
  return undefined;
}

function looserConsumerFault({ normal, tier1 }: Plan): PlanFault | undefined {
  for (const name of SLOWED_CONSUMERS) {
    for (const limit of ['eventsPerSecond', 'concurrency'] as const) {
      if (isLooser(tier1.consumers[name][limit], normal.consumers[name][limit])) {
        return { field: `tier1.consumers.${name}.${limit}`, reason: 'tier 1 must not take more than normal' };
      }
    }
  }
  return undefined;
}

const isShare = (value: number) => value >= 0 && value <= 1;

function lotteryFault({ drawnShare }: Lottery): PlanFault | undefined {
  return isShare(drawnShare) ? undefined : { field: 'tier1.lottery.drawnShare', reason: 'must be a share from 0 to 1' };
}

function dropFault(path: string, { shares }: DropSpec): PlanFault | undefined {
  const outside = PRIORITIES.find((priority) => !isShare(shares[priority]));
  if (outside) return { field: `${path}.shares.${outside}`, reason: 'must be a share from 0 to 1' };
  for (const [index, priority] of PRIORITIES.entries()) {
    const next = PRIORITIES[index + 1];
    if (next !== undefined && shares[priority] > shares[next]) {
      return { field: `${path}.shares.${priority}`, reason: `would drop ${priority} before ${next}` };
    }
  }
  return undefined;
}

function challengeFault({ tier1, tier2 }: Plan): PlanFault | undefined {
  return tier1.challenge === 'on' && tier2.challenge === 'off'
    ? { field: 'tier2.challenge', reason: 'tier 2 does what tier 1 does, so it asks for the challenge too' }
    : undefined;
}
