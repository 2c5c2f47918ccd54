import { amountOf, type Pool } from '@floodgate/domain/inventory';
import { CASH, PEOPLE, PHONES } from './world-log';

/** What the world's clients noted, as tools/demo writes it. */
export function worldClientLog(): object[] {
  return [
    {
      kind: 'attempt',
      runId: 'run',
      userId: PEOPLE.paid,
      campaignId: 'sale',
      route: 'entry',
      attempt: 1,
      outcome: 'OK',
    },
    ...told(CASH, PEOPLE.settled, 'GRANTED', 0),
    ...told(CASH, PEOPLE.alsoSettled, 'GRANTED', 1),
    ...told(CASH, PEOPLE.withdrawn, 'GRAB_ENDED'),
    ...told(CASH, PEOPLE.late, 'SOLD_OUT'),
    ...told(CASH, PEOPLE.failed, 'GRANTED', 3),
    ...told(CASH, PEOPLE.unsure, 'GAVE_UP'),
    ...told(PHONES, PEOPLE.expired, 'GRANTED', 0),
    ...told(PHONES, PEOPLE.second, 'SOLD_OUT_FOR_NOW', undefined, 'first-try'),
    ...told(PHONES, PEOPLE.second, 'GRANTED', 0),
    ...told(PHONES, PEOPLE.paid, 'GRANTED', 6),
    ...told(PHONES, PEOPLE.paid, 'ALREADY_GRANTED', 6, 'another'),
    ...told(PHONES, PEOPLE.cancelled, 'GRANTED', 7),
  ];
}

function told(pool: Pool, userId: string, outcome: string, unitNo?: number, grabId = `g-${userId}`): object[] {
  const grab = { runId: 'run', userId, campaignId: pool.campaignId, poolId: pool.poolId, grabId };
  const unit = unitNo === undefined ? {} : { unitNo, amountFen: amountOf(pool, unitNo) };
  return [
    { kind: 'offered', ...grab },
    { kind: 'attempt', ...grab, route: 'grab', attempt: 1, outcome, latencyMs: 3 },
    { kind: 'answered', ...grab, outcome, ...unit },
  ];
}
