import { type Payout } from './payout';
import { caseOf } from './payout-case';
import { type PayoutChannel } from './ports';
import { type PayoutAnswer, recordAnswers } from './record-answers';
import { pay, type SendPorts } from './send-payouts';

export interface ChasePorts extends SendPorts {
  /** From so many asks without a sure answer on, a case is open; asking goes on. */
  readonly asksMax: number;
}

/** Asks the channel about payouts that it has not answered, and returns how many. */
export async function chasePayouts(ports: ChasePorts): Promise<number> {
  const { store, clock, channel, askAfterMs, max, asksMax } = ports;
  const claimed = await store.claimToAsk(clock.nowMs(), askAfterMs, max);
  const asked = await Promise.all(claimed.map(async (payout) => ({ payout, answer: await ask(channel, payout) })));
  await recordAnswers(
    ports,
    asked.flatMap(({ answer }) => answer ?? []),
  );
  const lost = asked.filter(({ answer, payout }) => answer === undefined && payout.asks >= asksMax);
  if (lost.length > 0) {
    const cases = lost.map(({ payout }) => caseOf('PAYOUT_UNKNOWN_TOO_LONG', payout));
    await store.inTransaction((book) => book.openCases(cases, clock.nowMs()));
  }
  return claimed.length;
}

async function ask(channel: PayoutChannel, payout: Payout): Promise<PayoutAnswer | undefined> {
  const { payoutId, attempts } = payout;
  const known = await channel.query(payoutId);
  switch (known) {
    case 'success':
      return { payoutId, attempts, event: 'paid' };
    case 'failure':
      return { payoutId, attempts, event: 'refused' };
    case 'not-found':
      // No failure: the request may never have left. The same number again is safe, whatever is still on its way.
      return pay(channel, payout);
    case 'unknown':
      return undefined;
  }
}
