import { type ReissueSwitch } from './ports';
import { sendFrom, type SendPorts } from './send-payouts';

/** Tries failed payouts again, first in first out, at the pace the plan allows: 0 payouts while it is off. */
export async function reissuePayouts(ports: SendPorts, reissue: ReissueSwitch): Promise<number> {
  const max = Math.ceil(ports.max * Math.min(1, await reissue.pace()));
  return max > 0 ? sendFrom(ports, 'FAILED', max) : 0;
}
