import { createKafka } from '@floodgate/adapters/kafka';
import { ShardFolds } from '@floodgate/adapters/stock-log';
import { TOPICS } from '@floodgate/contracts';
import { cutStockLog, readStockLog } from '@floodgate/tools/audit';
import { QUIET_LOG } from '../settings';
import { type LoggedGrants } from './told-winners';

/** Folds the stock log up to its end and returns every grant of a campaign that counted, also of units given back since. */
export async function readLoggedGrants(brokers: string, campaignId: string): Promise<LoggedGrants> {
  const kafka = createKafka(brokers, 'bench', QUIET_LOG);
  const topic = TOPICS.stockLog.name;
  const cut = await cutStockLog(kafka, topic);
  const folds = new ShardFolds();
  const grants = new Map<string, { userId: string; unitNo: number }>();
  await readStockLog(kafka, {
    topic,
    cut,
    nextOffset: (partition) => folds.nextOffset(partition),
    take: (partition, message) => {
      const folded = folds.take(partition, message);
      if (folded?.entry.shard.campaignId !== campaignId) return;
      for (const effect of folded.effects) {
        if (effect.kind !== 'granted') continue;
        const { grabId, userId, unitNo } = effect.holding;
        grants.set(grabId, { userId, unitNo });
      }
    },
  });
  return grants;
}
