import { setTimeout as sleep } from 'node:timers/promises';
import { TOPICS } from '@floodgate/contracts';
import { type FaultPlan } from '../plan/fault-plan';
import { endsOf, readSlices } from '../servers/kafka-slices';
import { waitFor } from '../servers/wait';
import { type FaultContext } from './fault-context';

type PlanOf<Kind extends FaultPlan['kind']> = Extract<FaultPlan, { kind: Kind }>;

const KAFKA_MS_MAX = 60_000;

/**
 * Records of the stock log are appended once more, late and in any order, or events that inventory consumes. Where the broker is
 * away, as soon as it is back.
 */
export async function duplicate({ of, share }: PlanOf<'duplicates'>, context: FaultContext): Promise<void> {
  const work = of === 'stock-log' ? () => duplicateStockLog(share, context) : () => duplicateEvents(context);
  await waitFor('messages to be appended once more', KAFKA_MS_MAX, async () => {
    await work();
    return true;
  });
}

async function duplicateStockLog(share: number, { world, random, stockLogFrom }: FaultContext): Promise<void> {
  const topic = TOPICS.stockLog.name;
  const to = await endsOf(world.admin, topic);
  const [messages = []] = await readSlices(world.kafka, [{ topic, from: stockLogFrom, to }]);
  const chosen = random.shuffled(messages.filter(() => random.chance(share)));
  await world.publisher.sendRaw(chosen.map(({ key, value, partition }) => ({ topic, key, value, partition })));
}

async function duplicateEvents({ world, published, expired }: FaultContext): Promise<void> {
  await world.publisher.publish(TOPICS.campaignPublished, [{ key: published.operatorId, message: published }]);
  await world.publisher.publish(
    TOPICS.orderExpired,
    expired.map((message) => ({ key: message.userId, message })),
  );
}

/** Replies of a server do not arrive although the request took effect, and the connection breaks. */
export async function loseReplies(
  { from, share, holdMs, forMs }: PlanOf<'lost-replies'>,
  { world, random }: FaultContext,
): Promise<void> {
  const proxies = from === 'redis' ? world.redisProxies : world.kafkaProxies;
  for (const proxy of proxies) proxy.lose({ share, holdMs, random: () => random.next() });
  await sleep(forMs);
  for (const proxy of proxies) proxy.lose(undefined);
}
