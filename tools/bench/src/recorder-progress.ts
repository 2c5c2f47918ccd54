import { setTimeout as sleep } from 'node:timers/promises';
import { selectRows, type Sql } from '@floodgate/adapters/mysql';
import { TOPICS } from '@floodgate/contracts';
import { StackTrouble } from '@floodgate/tools/stack';
import { type Admin } from 'kafkajs';

const POLL_MS = 20;

/** Waits until the recorder has taken all that stands in the stock log now. @throws StackTrouble when it takes longer than that. */
export async function untilLogRecorded(sql: Sql, admin: Admin, msMax: number): Promise<void> {
  const offsets = await admin.fetchTopicOffsets(TOPICS.stockLog.name);
  const giveUpAtMs = performance.now() + msMax;
  for (;;) {
    const rows = await selectRows<{ partitionNo: number; nextOffset: number }>(
      sql,
      'SELECT partition_no AS partitionNo, next_offset AS nextOffset FROM fg_inventory.recorder_offsets',
    );
    const recorded = new Map(rows.map(({ partitionNo, nextOffset }) => [partitionNo, Number(nextOffset)]));
    if (offsets.every(({ partition, high }) => (recorded.get(partition) ?? 0) >= Number(high))) return;
    if (performance.now() > giveUpAtMs) {
      throw new StackTrouble(`The recorder has not taken what stands in the stock log within ${msMax / 1_000} s.`);
    }
    await sleep(POLL_MS);
  }
}
