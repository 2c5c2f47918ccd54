import { type Admin } from 'kafkajs';
import { endsOf } from './kafka-slices';
import { waitFor } from './wait';

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly config?: Readonly<Record<string, string>>;
}

/** For the broker to delete or create them; kafkajs's own 5 s are not enough while the brokers start and other programs run. */
export const TOPICS_REQUEST_MS_MAX = 30_000;
const SETTLED_MS_MAX = 60_000;

/**
 * Leaves these topics without a message. It can be called again after it has thrown: what was broken off between deleting and
 * creating is taken up as it stands.
 */
export async function emptyTopics(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
  const existing = await admin.listTopics();
  const used: string[] = [];
  for (const { name } of specs) if (existing.includes(name) && (await hasMessages(admin, name))) used.push(name);
  if (used.length > 0) await deleteTopics(admin, used);
  const missing = specs.filter(({ name }) => !existing.includes(name) || used.includes(name));
  if (missing.length > 0) await createTopics(admin, missing);
  await untilLed(
    admin,
    specs.map(({ name }) => name),
  );
}

async function hasMessages(admin: Admin, topic: string): Promise<boolean> {
  const ends = await endsOf(admin, topic);
  return [...ends.values()].some((end) => end > 0);
}

async function deleteTopics(admin: Admin, names: readonly string[]): Promise<void> {
  await admin.deleteTopics({ topics: [...names], timeout: TOPICS_REQUEST_MS_MAX });
  await waitFor('the old topics to be gone', SETTLED_MS_MAX, async () => {
    const existing = await admin.listTopics();
    return !names.some((name) => existing.includes(name));
  });
}

async function createTopics(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
  await admin.createTopics({
    // kafkajs's own waiting gives up on any answer but one.
    waitForLeaders: false,
    timeout: TOPICS_REQUEST_MS_MAX,
    topics: specs.map(({ name, partitions, config = {} }) => ({
      topic: name,
      numPartitions: partitions,
      configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    })),
  });
}

async function untilLed(admin: Admin, names: string[]): Promise<void> {
  await waitFor('the topics to have leaders', SETTLED_MS_MAX, async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: names });
    return topics.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0));
  });
}
