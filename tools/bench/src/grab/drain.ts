import { setTimeout as sleep } from 'node:timers/promises';
import { createDataSource, selectRows, type Sql } from '@floodgate/adapters/mysql';
import { type Stack, StackTrouble } from '@floodgate/tools/stack';

const STALLED_MS_MAX = 60_000;
const POLL_MS = 2_000;

/**
 * Lets the winners' orders be created and expire, and their units go back on sale, so that the next user of these servers finds
 * nothing open.
 * @throws StackTrouble when nothing has come back for a minute.
 */
export async function drainOrders(
  stack: Stack,
  campaignId: string,
  grants: number,
  say: (line: string) => void,
): Promise<void> {
  await stack.start('order');
  const dataSource = createDataSource({ url: stack.environment.auditUrl, poolSize: 1 });
  await dataSource.initialize();
  try {
    let endedBefore = -1;
    let progressAtMs = performance.now();
    for (;;) {
      const ended = await countEnded(dataSource, campaignId);
      if (ended >= grants) return;
      if (ended > endedBefore) {
        say(`letting the unpaid orders expire: ${ended} of ${grants} units are back`);
        endedBefore = ended;
        progressAtMs = performance.now();
      } else if (performance.now() - progressAtMs > STALLED_MS_MAX) {
        throw new StackTrouble(
          `${grants - ended} units of the bench are still held, and none has come back for ${STALLED_MS_MAX / 1_000} s: ` +
            `something in order or inventory has stopped, see ${stack.environment.logs}.`,
        );
      }
      await sleep(POLL_MS);
    }
  } finally {
    await dataSource.destroy();
  }
}

async function countEnded(sql: Sql, campaignId: string): Promise<number> {
  const [row] = await selectRows<{ ended: number }>(
    sql,
    'SELECT COUNT(*) AS ended FROM fg_inventory.unit_register WHERE campaign_id = ? AND ended_at_ms IS NOT NULL',
    [campaignId],
  );
  return Number(row?.ended ?? 0);
}
