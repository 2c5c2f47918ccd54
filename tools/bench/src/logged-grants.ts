import { createKafka } from '@floodgate/adapters/kafka';
import { type Folded, ShardFolds } from '@floodgate/adapters/stock-log';
import { TOPICS } from '@floodgate/contracts';
import { cutStockLog, readStockLog } from '@floodgate/tools/audit';
import { QUIET_LOG } from './settings';
import { type LoggedGrant, type LoggedGrants } from './told-winners';

/** Folds the stock log up to its end and hands on what its records came to. */
export async function foldStockLog(brokers: string, take: (folded: Folded) => void): Promise<void> {
  const kafka = createKafka(brokers, 'bench', QUIET_LOG);
  const topic = TOPICS.stockLog.name;
  const cut = await cutStockLog(kafka, topic);
  const folds = new ShardFolds();
  await readStockLog(kafka, {
    topic,
    cut,
    nextOffset: (partition) => folds.nextOffset(partition),
    take: (partition, message) => {
      const folded = folds.take(partition, message);
      if (folded !== undefined) take(folded);
    },
  });
}

/** Every grant that counted in the campaigns whose ids begin so, also of units given back since. */
export async function readLoggedGrants(brokers: string, campaignPrefix: string): Promise<LoggedGrants> {
  const grants = new Map<string, LoggedGrant>();
  await foldStockLog(brokers, ({ entry, effects }) => {
    const { campaignId, poolId } = entry.shard;
    if (!campaignId.startsWith(campaignPrefix)) return;
    for (const effect of effects) {
      if (effect.kind !== 'granted') continue;
      const { grabId, userId, unitNo } = effect.holding;
      grants.set(grabId, { campaignId, poolId, userId, unitNo });
    }
  });
  return grants;
}
