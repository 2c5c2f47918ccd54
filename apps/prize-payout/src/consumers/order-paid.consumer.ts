import { type ReceivedEvent } from '@floodgate/adapters/kafka';
import { type OrderPaidV1 } from '@floodgate/contracts';
import { bookIncome } from '@floodgate/domain/prize-payout';
import { type EntityManager } from 'typeorm';
import { type MysqlPayoutStore } from '../adapters/mysql-payout-store';
import { amountOf } from './amount';

/** Books the price of paid orders as income. */
export function takePaidOrders(store: MysqlPayoutStore) {
  return async (events: readonly ReceivedEvent<OrderPaidV1>[], tx: EntityManager): Promise<void> => {
    const orders = events.map(({ message: { orderId, campaignId, priceFen, eventId } }) => ({
      orderId,
      campaignId,
      priceFen: amountOf(priceFen, 0, eventId),
    }));
    await bookIncome(store.bookIn(tx), orders);
  };
}
