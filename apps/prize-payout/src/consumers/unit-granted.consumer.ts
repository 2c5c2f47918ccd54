import { type EventConsumerOptions, notTakenBefore, PoisonMessage } from '@floodgate/adapters/kafka';
import { Settlement, type UnitGrantedV1 } from '@floodgate/contracts';
import { bookPayouts, type GrantedPacket } from '@floodgate/domain/prize-payout';
import { type Clock } from '@floodgate/kernel';
import { type MysqlPayoutStore } from '../adapters/mysql-payout-store';
import { payoutIdOf } from '../adapters/payout-id';
import { amountOf } from './amount';

/** The consumer group. */
export const PAYOUT_BOOKER = 'prize-payout.book-payouts';

/** Books granted packets; units on sale are somebody else's. */
export function takeGrantedUnits(
  store: MysqlPayoutStore,
  clock: Clock,
): Required<Pick<EventConsumerOptions<UnitGrantedV1>, 'wants' | 'handle'>> {
  return {
    wants: isForPayout,
    handle: async (events, tx) => {
      const fresh = await notTakenBefore(
        tx,
        PAYOUT_BOOKER,
        events.map(({ message }) => message),
      );
      await bookPayouts(store.bookIn(tx), fresh.map(toGrant), clock.nowMs());
    },
  };
}

function isForPayout({ settlement, eventId }: UnitGrantedV1): boolean {
  if (settlement === Settlement.SETTLEMENT_PAYOUT) return true;
  if (settlement === Settlement.SETTLEMENT_ORDER) return false;
  throw new PoisonMessage(`grant ${eventId} says neither order nor payout`);
}

function toGrant(message: UnitGrantedV1): GrantedPacket {
  const { eventId, campaignId, poolId, unitNo, generation, grabId, userId } = message;
  const amountFen = amountOf(message.amountFen, 1, eventId);
  return { eventId, payoutId: payoutIdOf(message), campaignId, poolId, unitNo, generation, grabId, userId, amountFen };
}
