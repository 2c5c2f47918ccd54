import { type Clock } from '@floodgate/kernel';
import { type ClaimedPayment, type OrderStore, type PaymentChannel } from './ports';
import { type SureAnswer, recordAnswer } from './record-answer';

export interface ChasePorts {
  readonly store: OrderStore;
  readonly channel: PaymentChannel;
  readonly clock: Clock;
  /** How long one asker has before another asks too. */
  readonly leaseMs: number;
  readonly max: number;
  /** Told of every payment that has been asked about `asksMax` times without a sure answer: a person must look. */
  readonly onStuck: (claimed: ClaimedPayment) => void;
  readonly asksMax: number;
}

/** The channel's number of the refund of an order's payment. */
export const refundNumberOf = (orderId: string): string => `${orderId}-refund`;

/**
 * Asks the channel about payments whose answer is due: those it never answered, those to keep it from collecting, and
 * refunds. Returns how many were taken up. An answer that is unknown is asked again in a later round, for ever.
 */
export async function chasePayments(ports: ChasePorts): Promise<number> {
  const { store, clock, leaseMs, max } = ports;
  const claimed = await store.claimDuePayments(['COLLECTING', 'CLOSING', 'REFUNDING'], clock.nowMs(), leaseMs, max);
  await Promise.all(claimed.map((one) => chase(ports, one)));
  return claimed.length;
}

async function chase(ports: ChasePorts, claimed: ClaimedPayment): Promise<void> {
  const event = await ask(ports.channel, claimed);
  if (event !== undefined) {
    const { orderId, checkouts } = claimed.payment;
    await recordAnswer(ports.store, ports.clock, { orderId, checkouts, event });
  } else if (claimed.payment.asks >= ports.asksMax) {
    ports.onStuck(claimed);
  }
}

/** Undefined while nothing is sure. */
async function ask(
  channel: PaymentChannel,
  { order, payment }: ClaimedPayment,
): Promise<SureAnswer['event'] | undefined> {
  const { orderId, userId, priceFen } = order;
  switch (payment.state) {
    case 'COLLECTING': {
      const known = await channel.query(orderId);
      // Not found is no failure: the order is still PENDING, so the same number is sent once more.
      const answer = known === 'not-found' ? await channel.collect(orderId, userId, priceFen) : known;
      if (answer === 'unknown') return undefined;
      return answer === 'success' ? 'collected' : 'refused';
    }
    case 'CLOSING': {
      const answer = await channel.close(orderId, userId, priceFen);
      if (answer === 'unknown') return undefined;
      return answer === 'success' ? 'collected' : 'closed';
    }
    case 'REFUNDING':
      return (await channel.refund(refundNumberOf(orderId), userId, priceFen)) === 'success' ? 'refunded' : undefined;
    case 'REFUSED':
    case 'COLLECTED':
    case 'CLOSED':
    case 'REFUNDED':
      return undefined;
  }
}
