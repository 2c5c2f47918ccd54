import { type Stack } from '@floodgate/tools/stack';
import { type Crowd, until } from './crowd';
import { switchRedis } from './redis-switch';
import { gatherAtMs, tier1Of } from './scene';

/** What was taken away around the beginning of tier 1, and when; database time. */
export interface PlanOutage {
  readonly planServiceKilledAt: string;
  readonly redisStoppedAt: string;
  readonly gatewayKilledAt: string;
  /** The gateway began anew with neither the plan service nor Redis. */
  readonly gatewayReadyAt: string;
  readonly redisReadyAt: string;
  readonly planServiceReadyAt: string;
}

const LEAD_MS_MIN = 10_000;
const LEAD_MS_MAX = 30_000;

/** How long before tier 1 is due all that goes: a gateway has to be up again by then, which takes no longer than the start of all apps together did. */
export const outageLeadMs = (startTookMs: number) =>
  Math.ceil(Math.min(LEAD_MS_MAX, Math.max(LEAD_MS_MIN, startTookMs)));

/**
 * Takes away everybody who could tell of the plan before tier 1 is due, and starts a gateway anew meanwhile: it has nothing but its disk. Redis comes back
 * once tier 1 has come everywhere, since T0's grabs are proposed there; the plan service when the split's tier 1 has ended without it.
 */
export async function takePlanAway(
  stack: Stack,
  crowd: Crowd,
  { leadMs, tier1Came }: { leadMs: number; tier1Came: Promise<unknown> },
  note: (line: string) => void,
): Promise<PlanOutage> {
  const now = () => new Date(Date.now() + crowd.offsetMs).toISOString();
  await until(crowd, gatherAtMs(crowd.scene) - leadMs);
  const planServiceKilledAt = now();
  await stack.kill('degradation-plan', 'SIGKILL');
  note('the plan service is killed with -9: from here on nobody decides anything');
  try {
    const redisStoppedAt = now();
    await switchRedis('stop', stack.environment);
    note('Redis is stopped: from here on nobody can hear of a plan');
    const gatewayKilledAt = now();
    await stack.kill('gateway', 'SIGKILL');
    note('the gateway is killed with -9, and started again with nothing but its disk');
    await stack.start('gateway');
    const gatewayReadyAt = now();
    note('the gateway is ready again');
    await tier1Came;
    await switchRedis('start', stack.environment);
    const redisReadyAt = now();
    note('Redis is back, for T0: units are proposed there');
    await until(crowd, tier1Of(crowd.scene).untilMs);
    await stack.start('degradation-plan');
    note('the plan service is back: tier 1 has come and gone without it');
    const planServiceReadyAt = now();
    return { planServiceKilledAt, redisStoppedAt, gatewayKilledAt, gatewayReadyAt, redisReadyAt, planServiceReadyAt };
  } finally {
    // Nothing of this demo's is to stay down, whatever failed in between.
    await switchRedis('start', stack.environment);
  }
}
