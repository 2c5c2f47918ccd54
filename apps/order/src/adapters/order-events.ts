import { enqueueEvents } from '@floodgate/adapters/kafka';
import { TOPICS } from '@floodgate/contracts';
import { type Order, type OrderHappening } from '@floodgate/domain/order';
import { type IdSource } from '@floodgate/kernel';
import { type EntityManager } from 'typeorm';

type Happening<K extends OrderHappening['kind']> = Extract<OrderHappening, { kind: K }>;

/** Puts what happened to orders into the outbox, one statement a kind. */
export async function enqueueHappenings(
  tx: EntityManager,
  happenings: readonly OrderHappening[],
  nowMs: number,
  ids: IdSource,
): Promise<void> {
  const of = <K extends OrderHappening['kind']>(kind: K) =>
    happenings.filter((one): one is Happening<K> => one.kind === kind);
  const event = (order: Order, causationId: string) => ({
    eventId: ids.next(),
    occurredAtMs: String(nowMs),
    causationId,
    campaignId: order.campaignId,
    userId: order.userId,
    orderId: order.orderId,
    poolId: order.poolId,
    unitNo: order.unitNo,
    generation: order.generation,
    grabId: order.grabId,
    priceFen: String(order.priceFen),
  });
  const keyed = <M extends { userId: string }>(message: M) => ({ key: message.userId, message });
  await enqueueEvents(
    tx,
    TOPICS.orderCreated,
    of('created').map(({ order, causationId }) =>
      keyed({ ...event(order, causationId), expiresAtMs: String(order.expiresAtMs) }),
    ),
  );
  await enqueueEvents(
    tx,
    TOPICS.orderPaid,
    of('paid').map(({ order, paymentId }) => keyed({ ...event(order, paymentId), paymentId })),
  );
  await enqueueEvents(
    tx,
    TOPICS.orderCancelled,
    of('cancelled').map(({ order }) => keyed(event(order, order.orderId))),
  );
  await enqueueEvents(
    tx,
    TOPICS.orderExpired,
    of('expired').map(({ order }) => keyed(event(order, order.orderId))),
  );
}
