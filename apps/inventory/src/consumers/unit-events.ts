import { Settlement, type UnitGrantedV1, type UnitReleasedV1 } from '@floodgate/contracts';
import { type RegisterEnd, type RegisterRow } from '@floodgate/domain/inventory';

/** What everyone else hears of a grant. The position in the log is its eventId: published twice it is the same event. */
export function grantedEvent(row: RegisterRow): UnitGrantedV1 {
  const { pool } = row;
  return {
    eventId: row.position,
    occurredAtMs: String(row.grantedAtMs),
    campaignId: row.shard.campaignId,
    causationId: row.grabId,
    userId: row.userId,
    poolId: row.shard.poolId,
    unitNo: row.unitNo,
    generation: row.generation,
    grabId: row.grabId,
    settlement: pool.settlement === 'order' ? Settlement.SETTLEMENT_ORDER : Settlement.SETTLEMENT_PAYOUT,
    amountFen: String(row.amountFen),
    payWithinMs: String(pool.price?.payWithinMs ?? 0),
    qualificationId: row.qualificationId,
  };
}

export function releasedEvent(end: RegisterEnd): UnitReleasedV1 {
  const { shard, holding } = end;
  return {
    eventId: end.position,
    occurredAtMs: String(end.endedAtMs),
    campaignId: shard.campaignId,
    causationId: end.causationId,
    userId: holding.userId,
    poolId: shard.poolId,
    unitNo: holding.unitNo,
    generation: holding.generation,
    grabId: holding.grabId,
    toStock: end.toStock,
  };
}
