import { type Admin, type ITopicConfig } from 'kafkajs';
import { emptyTopics, type TopicSpec } from './empty-topics';

const LOG: TopicSpec = { name: 'log', partitions: 2, config: { 'retention.ms': '-1' } };
const EVENTS: TopicSpec = { name: 'events', partitions: 1 };

/** A cluster with topics that end at these offsets. As with kafkajs, nobody may ask for the ends of one that is not there. */
function cluster(ends: Record<string, number>) {
  const topics = new Map(Object.entries(ends));
  const done: string[] = [];
  const admin = {
    listTopics: async () => [...topics.keys()],
    fetchTopicOffsets: async (topic: string) => {
      if (!topics.has(topic)) throw new Error(`there is no ${topic}`);
      return [{ partition: 0, high: String(topics.get(topic)) }];
    },
    fetchTopicMetadata: async ({ topics: names }: { topics: string[] }) => ({
      topics: names.map((name) => ({ name, partitions: topics.has(name) ? [{ leader: 1 }] : [] })),
    }),
    deleteTopics: async (request: { topics: string[]; timeout: number }) => {
      done.push(`delete ${request.topics.join(' ')}`);
      for (const name of request.topics) topics.delete(name);
    },
    createTopics: async (request: { topics: ITopicConfig[]; timeout: number }) => {
      for (const { topic, numPartitions = 0, configEntries } of request.topics) {
        done.push(`create ${topic} ${numPartitions} ${JSON.stringify(configEntries)}`);
        topics.set(topic, 0);
      }
      return true;
    },
  };
  return { admin: admin as unknown as Admin, topics, done };
}

describe('emptyTopics', () => {
  it('makes those anew that have messages', async () => {
    const { admin, topics, done } = cluster({ log: 7, events: 0, other: 3 });
    await emptyTopics(admin, [LOG, EVENTS]);
    expect(done).toEqual(['delete log', 'create log 2 [{"name":"retention.ms","value":"-1"}]']);
    expect(Object.fromEntries(topics)).toEqual({ events: 0, other: 3, log: 0 });
  });

  it('goes on where it was broken off between deleting and creating', async () => {
    const { admin, topics, done } = cluster({ events: 0 });
    await emptyTopics(admin, [LOG, EVENTS]);
    expect(done).toEqual(['create log 2 [{"name":"retention.ms","value":"-1"}]']);
    expect(Object.fromEntries(topics)).toEqual({ events: 0, log: 0 });
  });
});
