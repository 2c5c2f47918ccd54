import { type Payout } from './payout';
import { type PayoutChannel } from './ports';
import { type PayoutAnswer, recordAnswers, type RecordPorts } from './record-answers';

export interface SendPorts extends RecordPorts {
  readonly channel: PayoutChannel;
  /** After this long without an answer a payout is asked about. Longer than the channel usually takes. */
  readonly askAfterMs: number;
  readonly max: number;
}

/** Hands booked payouts to the channel, first in first out, and returns how many. */
export function sendPayouts(ports: SendPorts): Promise<number> {
  return sendFrom(ports, 'BOOKED', ports.max);
}

/**
 * Each payout is committed as SENT before the channel hears of it, and its number is its id for ever: whatever dies in
 * between, it is asked about later, and paid once. One whose answer is unknown stays SENT.
 */
export async function sendFrom(ports: SendPorts, from: 'BOOKED' | 'FAILED', max: number): Promise<number> {
  const { store, clock, channel, askAfterMs } = ports;
  const claimed = await store.claimToSend(from, clock.nowMs(), askAfterMs, max);
  const answers = await Promise.all(claimed.map((payout) => pay(channel, payout)));
  await recordAnswers(
    ports,
    answers.flatMap((answer) => answer ?? []),
  );
  return claimed.length;
}

/** Undefined while nothing is sure. */
export async function pay(channel: PayoutChannel, payout: Payout): Promise<PayoutAnswer | undefined> {
  const { payoutId, userId, amountFen, attempts } = payout;
  const answer = await channel.pay(payoutId, userId, amountFen);
  if (answer === 'unknown') return undefined;
  return { payoutId, attempts, event: answer === 'success' ? 'paid' : 'refused' };
}
