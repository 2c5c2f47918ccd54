import { execute, selectRows, type Sql } from '@floodgate/adapters/mysql';
import { type Admin } from 'kafkajs';

/**
 * The topic is not the one that this consumer's rows were made from, or has lost messages that were not taken. Consuming on
 * would leave things out in silence, so somebody must look first.
 */
export class OtherLog extends Error {}

interface NotedTopic {
  readonly clusterId: string;
  readonly partitions: number;
}

/**
 * Compares a topic with what was noted of it when `consumer` first met it, and with how far each partition was taken
 * (`nextOffsets`). kafkajs cannot ask for a topic's id; in its place the record before each stored offset is compared when it
 * is read.
 * @throws OtherLog when it is another cluster's topic, has other partitions, ends before a stored offset or begins after it.
 */
export async function compareTopic(
  admin: Admin,
  sql: Sql,
  { consumer, topic, nextOffsets }: { consumer: string; topic: string; nextOffsets: ReadonlyMap<number, number> },
): Promise<void> {
  const { clusterId } = await admin.describeCluster();
  const ends = await admin.fetchTopicOffsets(topic);
  const noted = await note(sql, consumer, topic, { clusterId, partitions: ends.length });
  if (noted.clusterId !== clusterId)
    throw new OtherLog(`${topic} is on the cluster ${clusterId}, but was consumed from ${noted.clusterId}`);
  if (noted.partitions !== ends.length)
    throw new OtherLog(
      `${topic} has ${ends.length} partitions, but had ${noted.partitions} when it was first consumed`,
    );
  for (const { partition, low, high } of ends) {
    const nextOffset = nextOffsets.get(partition) ?? 0;
    if (nextOffset > Number(high)) throw new OtherLog(endsTooSoon({ topic, partition, end: Number(high), nextOffset }));
    if (nextOffset < Number(low))
      throw new OtherLog(beginsTooLate({ topic, partition, begin: Number(low), nextOffset }));
  }
}

export function endsTooSoon(at: { topic: string; partition: number; end: number; nextOffset: number }): string {
  return (
    `partition ${at.partition} of ${at.topic} ends at ${at.end}, but it was taken up to ${at.nextOffset}: ` +
    'this is not the log that the rows were made from'
  );
}

export function beginsTooLate(at: { topic: string; partition: number; begin: number; nextOffset: number }): string {
  return (
    `partition ${at.partition} of ${at.topic} begins at ${at.begin}, but it was taken up to ${at.nextOffset} only: ` +
    'the messages between are gone'
  );
}

async function note(sql: Sql, consumer: string, topic: string, found: NotedTopic): Promise<NotedTopic> {
  await execute(
    sql,
    `INSERT INTO consumed_topics (consumer, topic, cluster_id, partitions) VALUES (?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE consumer = consumer`,
    [consumer, topic, found.clusterId, found.partitions],
  );
  const [row] = await selectRows<NotedTopic>(
    sql,
    'SELECT cluster_id AS clusterId, partitions FROM consumed_topics WHERE consumer = ? AND topic = ?',
    [consumer, topic],
  );
  if (row === undefined) throw new Error('the note of the topic vanished');
  return row;
}
