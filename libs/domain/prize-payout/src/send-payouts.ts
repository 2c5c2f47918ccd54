import { type Payout } from './payout';
import { type PayoutChannel, type PayoutPlan } from './ports';
import { type PayoutAnswer, recordAnswers, type RecordPorts } from './record-answers';

export interface SendPorts extends RecordPorts {
  readonly channel: PayoutChannel;
  /** After this long without an answer a payout is asked about. Longer than the channel usually takes. */
  readonly askAfterMs: number;
  readonly max: number;
}

/**
 * Hands booked payouts to the channel, first in first out, and returns how many. What it refuses is tried once more unless the plan
 * queues it: mostly it is one account's moment, and the person is looking.
 */
export async function sendPayouts(ports: SendPorts, plan: Pick<PayoutPlan, 'queued'>): Promise<number> {
  const { store, clock, askAfterMs, max } = ports;
  const claimed = await store.claimToSend('BOOKED', clock.nowMs(), askAfterMs, max);
  const refused = await sendClaimed(ports, claimed);
  if (refused.length > 0 && !(await plan.queued())) {
    await sendClaimed(ports, await store.claimRefused(refused, clock.nowMs(), askAfterMs));
  }
  return claimed.length;
}

/**
 * Each payout was committed as SENT before the channel hears of it, and its number is its id for ever: whatever dies in
 * between, it is asked about later, and paid once. One whose answer is unknown stays SENT. Returns the ids of those refused.
 */
export async function sendClaimed(ports: SendPorts, claimed: readonly Payout[]): Promise<string[]> {
  const answers = await Promise.all(claimed.map((payout) => pay(ports.channel, payout)));
  const sure = answers.flatMap((answer) => answer ?? []);
  await recordAnswers(ports, sure);
  return sure.flatMap(({ payoutId, event }) => (event === 'refused' ? [payoutId] : []));
}

/** Undefined while nothing is sure. */
export async function pay(channel: PayoutChannel, payout: Payout): Promise<PayoutAnswer | undefined> {
  const { payoutId, userId, amountFen, attempts } = payout;
  const answer = await channel.pay(payoutId, userId, amountFen);
  if (answer === 'unknown') return undefined;
  return { payoutId, attempts, event: answer === 'success' ? 'paid' : 'refused' };
}
