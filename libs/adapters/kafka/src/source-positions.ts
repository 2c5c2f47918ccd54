import { execute, placeholders, selectRows, type Sql } from '@floodgate/adapters/mysql';
import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { PoisonMessage } from './event-consumer-options';

/** An event that the recorder made from the stock log: its eventId is `partition:offset:index` there. */
export interface Sourced {
  readonly eventId: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly userId: string;
}

interface Position {
  readonly partition: number;
  readonly offset: number;
  readonly index: number;
}

/** How far each user's events of each pool were taken, by consumer. */
export class SourcePositions1769000000001 implements MigrationInterface {
  readonly name = 'SourcePositions1769000000001';

  async up(runner: QueryRunner): Promise<void> {
    const id = 'VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL';
    await runner.query(`
      CREATE TABLE source_positions (
        consumer VARCHAR(80) CHARACTER SET ascii NOT NULL,
        campaign_id ${id},
        pool_id ${id},
        user_id ${id},
        log_partition INT UNSIGNED NOT NULL,
        log_offset BIGINT UNSIGNED NOT NULL,
        log_index INT UNSIGNED NOT NULL,
        PRIMARY KEY (consumer, campaign_id, pool_id, user_id)
      ) ENGINE=InnoDB`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE source_positions');
  }
}

/**
 * Of a batch, in order, the events above the last source position of their user and pool, which they then become. The rest
 * was taken before, however long ago: a recorder that dies between publishing and its commit leaves its events to be
 * published again. Throws PoisonMessage for an eventId that is no position.
 */
export async function notTakenBefore<E extends Sourced>(tx: Sql, consumer: string, events: readonly E[]): Promise<E[]> {
  const lastOf = new Map<string, Position>();
  for (const ofPool of groups(events, poolOf).values()) await readPositions(tx, consumer, ofPool, lastOf);
  const moved = new Map<string, { event: E; position: Position }>();
  const fresh = events.filter((event) => {
    const key = userOf(event);
    const position = positionOf(event);
    if (!isAbove(position, lastOf.get(key), event)) return false;
    lastOf.set(key, position);
    moved.set(key, { event, position });
    return true;
  });
  await writePositions(tx, consumer, [...moved.values()]);
  return fresh;
}

const poolOf = ({ campaignId, poolId }: Sourced): string => `${campaignId}/${poolId}`;
const userOf = (event: Sourced): string => `${poolOf(event)}/${event.userId}`;

async function readPositions(
  tx: Sql,
  consumer: string,
  ofPool: readonly Sourced[],
  lastOf: Map<string, Position>,
): Promise<void> {
  const [one] = ofPool;
  if (one === undefined) return;
  const { campaignId, poolId } = one;
  const userIds = [...new Set(ofPool.map(({ userId }) => userId))];
  const rows = await selectRows<{ userId: string; partition: number; offset: number; index: number }>(
    tx,
    `SELECT user_id AS userId, log_partition AS \`partition\`, log_offset AS \`offset\`, log_index AS \`index\`
     FROM source_positions
     WHERE consumer = ? AND campaign_id = ? AND pool_id = ? AND user_id IN (${placeholders(userIds)})`,
    [consumer, campaignId, poolId, ...userIds],
  );
  for (const { userId, partition, offset, index } of rows)
    lastOf.set(`${poolOf(one)}/${userId}`, { partition, offset: Number(offset), index });
}

async function writePositions(
  tx: Sql,
  consumer: string,
  moved: readonly { event: Sourced; position: Position }[],
): Promise<void> {
  if (moved.length === 0) return;
  await execute(
    tx,
    `INSERT INTO source_positions (consumer, campaign_id, pool_id, user_id, log_partition, log_offset, log_index)
     VALUES ${moved.map(() => '(?, ?, ?, ?, ?, ?, ?)').join(', ')}
     ON DUPLICATE KEY UPDATE log_offset = VALUES(log_offset), log_index = VALUES(log_index)`,
    moved.flatMap(({ event: { campaignId, poolId, userId }, position: { partition, offset, index } }) => [
      consumer,
      campaignId,
      poolId,
      userId,
      partition,
      offset,
      index,
    ]),
  );
}

function positionOf({ eventId }: Sourced): Position {
  const match = /^(\d{1,9}):(\d{1,15}):(\d{1,9})$/.exec(eventId);
  if (match === null) throw new PoisonMessage(`the eventId ${eventId} is no position in the stock log`);
  return { partition: Number(match[1]), offset: Number(match[2]), index: Number(match[3]) };
}

function isAbove(position: Position, last: Position | undefined, event: Sourced): boolean {
  if (last === undefined) return true;
  // A user has one home shard in a pool, and a shard one partition, for ever.
  if (position.partition !== last.partition)
    throw new PoisonMessage(`${event.eventId} is of another partition than what was taken of this user and pool`);
  return position.offset > last.offset || (position.offset === last.offset && position.index > last.index);
}

function groups<E>(list: readonly E[], keyOf: (one: E) => string): Map<string, E[]> {
  const byKey = new Map<string, E[]>();
  for (const one of list) {
    const group = byKey.get(keyOf(one));
    if (group) group.push(one);
    else byKey.set(keyOf(one), [one]);
  }
  return byKey;
}
