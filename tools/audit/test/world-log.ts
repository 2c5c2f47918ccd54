import { encodeRecord, type Folded, ShardFolds } from '@floodgate/adapters/stock-log';
import { TOPICS } from '@floodgate/contracts';
import {
  FOLD_VERSION,
  homeShard,
  initialRange,
  MAP_VERSION,
  partitionOf,
  type Pool,
  shardKey,
  type StockRecord,
} from '@floodgate/domain/inventory';
import { packetCommitment } from '@floodgate/domain/packets';
import { fen } from '@floodgate/kernel';

export const PARTITIONS = 2;

const SEED = 'seed';
const TERMS = { mode: 'random', totalFen: fen(600), minFen: fen(1), maxFen: fen(300) } as const;
const COMMITMENT = packetCommitment({ campaignId: 'split', poolId: 'cash', stock: 6, terms: TERMS, seed: SEED });

export const CASH: Pool = {
  campaignId: 'split',
  poolId: 'cash',
  stock: 6,
  shards: 2,
  strategy: 'sharded-counters',
  settlement: 'payout',
  packets: { ...TERMS, seed: SEED, commitment: COMMITMENT, authorSecret: 'a', approverSecret: 'b' },
  price: undefined,
  opensAtMs: 2_500,
  closesAtMs: 9_000,
};

export const PHONES: Pool = {
  ...CASH,
  campaignId: 'sale',
  poolId: 'phones',
  stock: 12,
  settlement: 'order',
  packets: undefined,
  price: { priceFen: fen(100), payWithinMs: 500 },
};

export interface LogMessage {
  readonly key: string;
  readonly value: string;
  readonly partition: number;
}

/** A user whose home is this shard of the pool. */
export function userAt(pool: Pool, shardNo: number, name: string): string {
  for (let i = 0; ; i++) if (homeShard(pool, `${name}-${i}`) === shardNo) return `${name}-${i}`;
}

/** A stock log in the making, and what the fold makes of it. */
class LogWriter {
  readonly messages: LogMessage[] = [];
  readonly folded: Folded[] = [];
  private readonly folds = new ShardFolds();
  private readonly ends = new Map<number, number>();

  write(pool: Pool, shardNo: number, record: StockRecord): number {
    const shard = { campaignId: pool.campaignId, poolId: pool.poolId, shardNo };
    const partition = partitionOf(shard, PARTITIONS);
    const offset = this.ends.get(partition) ?? 0;
    const message = encodeRecord({ shard, writtenAtMs: 2_000 + this.messages.length, record });
    const value = JSON.stringify(TOPICS.stockLog.codec.toJSON(message));
    this.messages.push({ key: shardKey(shard), value, partition });
    this.ends.set(partition, offset + 1);
    const folded = this.folds.take(partition, { offset: String(offset), value: Buffer.from(value) });
    if (folded) this.folded.push(folded);
    return offset;
  }

  create(pool: Pool): void {
    for (let shardNo = 0; shardNo < pool.shards; shardNo++) {
      const range = initialRange(pool, shardNo);
      this.write(pool, shardNo, { kind: 'created', foldVersion: FOLD_VERSION, mapVersion: MAP_VERSION, pool, range });
    }
  }

  grant(pool: Pool, userId: string, unitNo: number): void {
    const qualificationId = pool.settlement === 'payout' ? `q-${userId}` : '';
    const grants = [{ userId, grabId: `g-${userId}`, unitNo, qualificationId }];
    this.write(pool, homeShard(pool, userId), { kind: 'granted', grants });
  }

  end(pool: Pool, userId: string, unitNo: number, toStock: boolean): void {
    const record: StockRecord = { kind: 'ended', userId, grabId: `g-${userId}`, unitNo, toStock, causationId: 'test' };
    this.write(pool, homeShard(pool, userId), record);
  }
}

export const PEOPLE = {
  settled: userAt(CASH, 0, 'settled'),
  alsoSettled: userAt(CASH, 0, 'also-settled'),
  withdrawn: userAt(CASH, 0, 'withdrawn'),
  late: userAt(CASH, 0, 'late'),
  failed: userAt(CASH, 1, 'failed'),
  unsure: userAt(CASH, 1, 'unsure'),
  expired: userAt(PHONES, 0, 'expired'),
  second: userAt(PHONES, 0, 'second'),
  closed: userAt(PHONES, 0, 'closed'),
  paid: userAt(PHONES, 1, 'paid'),
  cancelled: userAt(PHONES, 1, 'cancelled'),
  alsoPaid: userAt(PHONES, 1, 'also-paid'),
} as const;

/** Winners, losers, repeats, ends, a withdrawn packet, a finished move and an open one. */
export function writeWorldLog(): LogWriter {
  const log = new LogWriter();
  log.create(CASH);
  log.create(PHONES);
  log.grant(CASH, PEOPLE.settled, 0);
  log.grant(CASH, PEOPLE.settled, 0);
  log.grant(CASH, PEOPLE.late, 0);
  log.grant(CASH, PEOPLE.alsoSettled, 1);
  log.grant(CASH, PEOPLE.withdrawn, 2);
  log.end(CASH, PEOPLE.withdrawn, 2, false);
  log.grant(CASH, PEOPLE.failed, 3);
  log.grant(CASH, PEOPLE.unsure, 4);
  log.write(CASH, 1, { kind: 'voided', userId: userAt(CASH, 1, 'nobody'), grabId: 'void' });
  log.grant(PHONES, PEOPLE.expired, 0);
  log.end(PHONES, PEOPLE.expired, 0, true);
  log.end(PHONES, PEOPLE.expired, 0, true);
  log.grant(PHONES, PEOPLE.second, 0);
  log.grant(PHONES, PEOPLE.closed, 1);
  log.end(PHONES, PEOPLE.closed, 1, true);
  log.grant(PHONES, PEOPLE.paid, 6);
  log.grant(PHONES, PEOPLE.cancelled, 7);
  log.end(PHONES, PEOPLE.cancelled, 7, true);
  log.grant(PHONES, PEOPLE.alsoPaid, 8);
  const lent = { from: 4, to: 6 };
  const lenderOffset = log.write(PHONES, 0, { kind: 'lent', moveId: 'm1', range: lent, borrowerShardNo: 1 });
  const lenderPartition = partitionOf({ campaignId: 'sale', poolId: 'phones', shardNo: 0 }, PARTITIONS);
  const move = { moveId: 'm1', range: lent, lenderShardNo: 0, lenderPartition, lenderOffset, generations: [0, 0] };
  log.write(PHONES, 1, { kind: 'borrowed', ...move });
  log.write(PHONES, 1, { kind: 'lent', moveId: 'm2', range: { from: 10, to: 12 }, borrowerShardNo: 0 });
  return log;
}
