import { enqueueEvents } from '@floodgate/adapters/kafka';
import { TOPICS } from '@floodgate/contracts';
import { type Payout, type PayoutCase, type PayoutHappening } from '@floodgate/domain/prize-payout';
import { type IdSource } from '@floodgate/kernel';
import { type EntityManager } from 'typeorm';

type Happening<K extends PayoutHappening['kind']> = Extract<PayoutHappening, { kind: K }>;

/** Puts what happened to payouts into the outbox, one statement a kind. */
export async function enqueueHappenings(
  tx: EntityManager,
  happenings: readonly PayoutHappening[],
  nowMs: number,
  ids: IdSource,
): Promise<void> {
  const of = <K extends PayoutHappening['kind']>(kind: K) =>
    happenings.filter((one): one is Happening<K> => one.kind === kind);
  const event = ({ campaignId, userId, payoutId, poolId, grabId, amountFen }: Payout) => ({
    eventId: ids.next(),
    occurredAtMs: String(nowMs),
    causationId: payoutId,
    campaignId,
    userId,
    payoutId,
    poolId,
    grabId,
    amountFen: String(amountFen),
  });
  await enqueueEvents(
    tx,
    TOPICS.payoutSettled,
    of('settled').map(({ payout }) => ({ key: payout.userId, message: event(payout) })),
  );
  await enqueueEvents(
    tx,
    TOPICS.payoutFailed,
    of('failed').map(({ payout, reason }) => ({ key: payout.userId, message: { ...event(payout), reason } })),
  );
}

export async function enqueueCases(
  tx: EntityManager,
  cases: readonly PayoutCase[],
  nowMs: number,
  ids: IdSource,
): Promise<void> {
  await enqueueEvents(
    tx,
    TOPICS.caseOpened,
    cases.map(({ caseId, kind, campaignId, evidence }) => {
      const eventId = ids.next();
      const message = { eventId, occurredAtMs: String(nowMs), causationId: caseId, campaignId, caseId, kind, evidence };
      return { key: eventId, message };
    }),
  );
}
