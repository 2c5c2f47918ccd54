import { createKafka, EventPublisher, type RawMessage } from '@floodgate/adapters/kafka';
import { encodeRecord } from '@floodgate/adapters/stock-log';
import { TOPICS } from '@floodgate/contracts';
import {
  FOLD_VERSION,
  homeShard,
  initialRange,
  MAP_VERSION,
  partitionOf,
  type Pool,
  type ShardId,
  shardKey,
  type StockRecord,
} from '@floodgate/domain/inventory';
import { QUIET_LOG } from './settings';

/** A grant as it is written into the log: first come, first served in each shard. */
export interface LoggedWinner {
  readonly userId: string;
  readonly grabId: string;
  readonly unitNo: number;
  readonly shardNo: number;
}

// About what rides together while a send is under way, at ten thousand grabs a second.
const GRANTS_PER_RECORD = 100;
const SEND_MESSAGES_MAX = 500;

/** Gives each person a unit of their home shard. @throws RangeError when a shard has none left. */
export function seatWinners(pool: Pool, people: Iterable<Pick<LoggedWinner, 'userId' | 'grabId'>>): LoggedWinner[] {
  const ranges = Array.from({ length: pool.shards }, (_, shardNo) => initialRange(pool, shardNo));
  const nextOf = ranges.map(({ from }) => from);
  const winners: LoggedWinner[] = [];
  for (const { userId, grabId } of people) {
    const shardNo = homeShard(pool, userId);
    const unitNo = nextOf[shardNo] ?? NaN;
    if (!(unitNo < (ranges[shardNo]?.to ?? 0))) throw new RangeError(`shard ${shardNo} of ${pool.poolId} is used up`);
    nextOf[shardNo] = unitNo + 1;
    winners.push({ userId, grabId, unitNo, shardNo });
  }
  return winners;
}

/** Writes grants into the stock log that nobody has grabbed: what many hours of a sale would have left behind. */
export class StockLogFiller {
  private constructor(
    private readonly publisher: EventPublisher,
    private readonly partitions: number,
  ) {}

  static async connect(brokers: string): Promise<StockLogFiller> {
    const kafka = createKafka(brokers, 'bench', QUIET_LOG);
    const admin = kafka.admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [TOPICS.stockLog.name] });
    await admin.disconnect();
    const publisher = new EventPublisher(kafka);
    await publisher.connect();
    return new StockLogFiller(publisher, topics[0]?.partitions.length ?? 0);
  }

  async close(): Promise<void> {
    await this.publisher.disconnect();
  }

  /** The records of a pool that no campaign was published for. */
  created(pool: Pool): RawMessage[] {
    return Array.from({ length: pool.shards }, (_, shardNo) =>
      this.message(shardOf(pool, shardNo), {
        kind: 'created',
        foldVersion: FOLD_VERSION,
        mapVersion: MAP_VERSION,
        pool,
        range: initialRange(pool, shardNo),
      }),
    );
  }

  /** The records that grant what the winners have. */
  granted(pool: Pool, winners: readonly LoggedWinner[]): RawMessage[] {
    const records: RawMessage[] = [];
    for (let shardNo = 0; shardNo < pool.shards; shardNo++) {
      const ofShard = winners.filter((winner) => winner.shardNo === shardNo);
      for (let from = 0; from < ofShard.length; from += GRANTS_PER_RECORD) {
        const grants = ofShard
          .slice(from, from + GRANTS_PER_RECORD)
          .map(({ userId, grabId, unitNo }) => ({ userId, grabId, unitNo, qualificationId: '' }));
        records.push(this.message(shardOf(pool, shardNo), { kind: 'granted', grants }));
      }
    }
    return records;
  }

  /** Resolves when all are acknowledged. */
  async send(messages: readonly RawMessage[]): Promise<void> {
    for (let from = 0; from < messages.length; from += SEND_MESSAGES_MAX) {
      await this.publisher.sendRaw(messages.slice(from, from + SEND_MESSAGES_MAX));
    }
  }

  private message(shard: ShardId, record: StockRecord): RawMessage {
    const message = encodeRecord({ shard, writtenAtMs: Date.now(), record });
    return {
      topic: TOPICS.stockLog.name,
      key: shardKey(shard),
      value: JSON.stringify(TOPICS.stockLog.codec.toJSON(message)),
      partition: partitionOf(shard, this.partitions),
    };
  }
}

const shardOf = ({ campaignId, poolId }: Pool, shardNo: number): ShardId => ({ campaignId, poolId, shardNo });
