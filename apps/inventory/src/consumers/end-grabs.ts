import { setTimeout as sleep } from 'node:timers/promises';
import { type ReceivedEvent } from '@floodgate/adapters/kafka';
import { type GrabUnit, type ShardState } from '@floodgate/domain/inventory';
import { type KafkaStockLog } from '../adapters/kafka-stock-log';

/** What order-expired and order-cancelled have in common. */
export interface OrderEnded {
  readonly eventId: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly userId: string;
  readonly grabId: string;
  readonly unitNo: number;
}

const READ_BACK_MS_MAX = 5_000;

/**
 * Puts the units of ended orders back on sale. Done when the fold shows each grab as ended, whoever's record did it; throws
 * when that cannot be seen in time, so that the batch is taken again.
 */
export async function endGrabs(
  events: readonly ReceivedEvent<OrderEnded>[],
  log: KafkaStockLog,
  grabUnit: GrabUnit,
): Promise<void> {
  const held = events.flatMap(({ message }) => {
    const state = homeOf(grabUnit, message);
    return isHeld(state, message.grabId) ? [{ message, shard: state.id }] : [];
  });
  await log.append(
    held.map(({ shard, message: { userId, grabId, unitNo, eventId } }) => ({
      shard,
      record: { kind: 'ended', userId, grabId, unitNo, toStock: true, causationId: eventId },
    })),
  );
  const giveUpAt = performance.now() + READ_BACK_MS_MAX;
  while (held.some(({ message }) => isHeld(homeOf(grabUnit, message), message.grabId))) {
    if (performance.now() > giveUpAt) throw new Error('ended grabs were not read back from the stock log in time');
    await sleep(10);
  }
}

function homeOf(grabUnit: GrabUnit, message: OrderEnded): ShardState {
  const pool = grabUnit.pool(message);
  const state = pool && grabUnit.stateOf(pool, message.userId);
  if (state === undefined) throw new Error(`the pool ${message.campaignId}/${message.poolId} is not folded yet`);
  return state;
}

// An order exists only for a grant that the log holds; a grab not known here yet is one this fold has not read so far.
function isHeld(state: ShardState, grabId: string): boolean {
  const fate = state.grabs.get(grabId);
  if (fate === undefined) throw new Error(`the grab ${grabId} is not folded yet`);
  return fate.kind === 'held';
}
