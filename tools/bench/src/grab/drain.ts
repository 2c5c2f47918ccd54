import { setTimeout as sleep } from 'node:timers/promises';
import { createDataSource, selectRows } from '@floodgate/adapters/mysql';
import { type Stack, StackTrouble } from '@floodgate/tools/stack';

const DRAIN_MS_MAX = 900_000;
const POLL_MS = 2_000;

/**
 * Lets the winners' orders be created and expire, and their units go back on sale, so that the next user of these servers finds
 * nothing open.
 * @throws StackTrouble when that takes too long.
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
    const giveUpAtMs = performance.now() + DRAIN_MS_MAX;
    for (;;) {
      const [row] = await selectRows<{ ended: number }>(
        dataSource,
        'SELECT COUNT(*) AS ended FROM fg_inventory.unit_register WHERE campaign_id = ? AND ended_at_ms IS NOT NULL',
        [campaignId],
      );
      const ended = Number(row?.ended ?? 0);
      if (ended >= grants) return;
      say(`letting the unpaid orders expire: ${ended} of ${grants}`);
      if (performance.now() > giveUpAtMs) {
        throw new StackTrouble(
          `${grants - ended} units of the bench are still held: the next start goes on with them.`,
        );
      }
      await sleep(POLL_MS);
    }
  } finally {
    await dataSource.destroy();
  }
}
