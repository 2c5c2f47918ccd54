import { selectRows } from '@floodgate/adapters/mysql';
import { TOPICS } from '@floodgate/contracts';
import { endsOf } from './servers/kafka-slices';
import { waitFor } from './servers/wait';
import { type ChaosWorld } from './world';

const RECORDED_MS_MAX = 120_000;
const DEAD_LETTER = 'inventory.dead-letter.v1';
/** The consumer group of inventory that gives the units of expired orders back. */
const ENDS = 'inventory.end-expired';

/** Waits until the recorder has taken the whole stock log. A sentence when it does not. */
export async function untilRecorded(world: ChaosWorld): Promise<string[]> {
  return orSentence(
    waitFor('the recorder to reach the end of the stock log', RECORDED_MS_MAX, async () => {
      const rows = await selectRows<{ partition: number; next: number }>(
        world.sql,
        'SELECT partition_no AS `partition`, next_offset AS `next` FROM recorder_offsets',
      );
      return covers(rows, await endsOf(world.admin, TOPICS.stockLog.name));
    }),
  );
}

/** Waits until every expired order so far is taken. A sentence when it is not. */
export async function untilEndsTaken(world: ChaosWorld): Promise<string[]> {
  const topic = TOPICS.orderExpired.name;
  return orSentence(
    waitFor('the expired orders to be taken', RECORDED_MS_MAX, async () => {
      const rows = await selectRows<{ partition: number; next: number }>(
        world.sql,
        'SELECT partition_no AS `partition`, next_offset AS `next` FROM consumer_offsets WHERE consumer = ? AND topic = ?',
        [ENDS, topic],
      );
      return covers(rows, await endsOf(world.admin, topic));
    }),
  );
}

/** How many messages inventory has ever set aside. */
export async function deadLetters(world: ChaosWorld): Promise<number> {
  const ends = await endsOf(world.admin, DEAD_LETTER);
  return [...ends.values()].reduce((sum, end) => sum + end, 0);
}

function covers(rows: readonly { partition: number; next: number }[], ends: ReadonlyMap<number, number>): boolean {
  const next = new Map(rows.map((row) => [row.partition, Number(row.next)]));
  return [...ends].every(([partition, end]) => (next.get(partition) ?? 0) >= end);
}

async function orSentence(work: Promise<unknown>): Promise<string[]> {
  try {
    await work;
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
