import { type PayoutPlan } from './ports';
import { sendClaimed, type SendPorts } from './send-payouts';

/** Tries failed payouts again, first in first out, at the pace the plan allows: 0 payouts while it is off. */
export async function reissuePayouts(ports: SendPorts, plan: Pick<PayoutPlan, 'reissuePace'>): Promise<number> {
  const max = Math.ceil(ports.max * Math.min(1, await plan.reissuePace()));
  if (max <= 0) return 0;
  const { store, clock, askAfterMs } = ports;
  const claimed = await store.claimToSend('FAILED', clock.nowMs(), askAfterMs, max);
  await sendClaimed(ports, claimed);
  return claimed.length;
}
