import { type EventConsumerOptions, notTakenBefore, PoisonMessage } from '@floodgate/adapters/kafka';
import { Settlement, type UnitGrantedV1 } from '@floodgate/contracts';
import { createOrders, type GrantedUnit } from '@floodgate/domain/order';
import { type Clock, fen } from '@floodgate/kernel';
import { type MysqlOrderStore } from '../adapters/mysql-order-store';
import { orderIdOf } from '../adapters/order-id';

/** The consumer group. */
export const ORDER_CREATOR = 'order.create-orders';

export interface UnitGrantedOptions {
  readonly store: MysqlOrderStore;
  readonly clock: Clock;
  /** Where the grant names no time to pay. */
  readonly payWithinMs: number;
}

/** Turns granted units of sales into orders; units that are paid out are somebody else's. */
export function takeGrantedUnits({
  store,
  clock,
  payWithinMs,
}: UnitGrantedOptions): Required<Pick<EventConsumerOptions<UnitGrantedV1>, 'wants' | 'handle'>> {
  return {
    wants: isForOrder,
    handle: async (events, tx) => {
      const fresh = await notTakenBefore(
        tx,
        ORDER_CREATOR,
        events.map(({ message }) => message),
      );
      const grants = fresh.map((message) => toGrant(message, payWithinMs));
      await createOrders(store.bookIn(tx), grants, clock.nowMs());
    },
  };
}

function isForOrder({ settlement, eventId }: UnitGrantedV1): boolean {
  if (settlement === Settlement.SETTLEMENT_ORDER) return true;
  if (settlement === Settlement.SETTLEMENT_PAYOUT) return false;
  throw new PoisonMessage(`grant ${eventId} says neither order nor payout`);
}

function toGrant(message: UnitGrantedV1, payWithinMs: number): GrantedUnit {
  const { eventId, campaignId, poolId, unitNo, generation, grabId, userId } = message;
  if (!/^\d{1,16}$/.test(message.amountFen)) throw new PoisonMessage(`grant ${eventId} has no price`);
  return {
    eventId,
    orderId: orderIdOf(message),
    campaignId,
    poolId,
    unitNo,
    generation,
    grabId,
    userId,
    priceFen: fen(message.amountFen),
    payWithinMs: Number(message.payWithinMs) || payWithinMs,
  };
}
