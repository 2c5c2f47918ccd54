import { type AdmissionStrategy, type Settlement } from '@floodgate/domain/inventory';
import { homeShardNo } from '@floodgate/kernel';
import { type Random } from '../random';

export interface PoolPlan {
  readonly poolId: string;
  readonly strategy: AdmissionStrategy;
  readonly settlement: Settlement;
  readonly stock: number;
  readonly shards: number;
}

/** One person and what they will do. Durations count from the start of the load, or from what they follow. */
export interface PersonPlan {
  readonly userId: string;
  readonly pool: PoolPlan;
  readonly atMs: number;
  /** A second device of the same person grabs too, under another grabId. */
  readonly secondDeviceAfterMs: number | undefined;
  /** A sale: the order expires so long after the person was told "granted". */
  readonly expiresAfterMs: number | undefined;
  /** Tries again, under a new grabId, once the unit is gone. */
  readonly comesBack: boolean;
  /** Asks again, with the same grabId, after being told "granted"; and reads the result. */
  readonly asksAgain: boolean;
}

export interface LoadPlan {
  readonly pools: readonly PoolPlan[];
  readonly people: readonly PersonPlan[];
  readonly loadMs: number;
}

const STRATEGIES: readonly AdmissionStrategy[] = ['sharded-counters', 'local-quota', 'unit-queue', 'memory'];

/** A person whose home is one of these is found three times less often, so that the other shards run dry and must borrow. */
const isQuietShard = (shardNo: number, shards: number) => shardNo >= Math.ceil(shards / 2);
const QUIET_SHARE = 0.3;

export interface LoadOptions {
  readonly campaignId: string;
  /** Which strategy the first pool has. */
  readonly turn: number;
  readonly loadMs: number;
}

/** A sale and, mostly, a pool of packets, with more people than units in each, who arrive evenly over the time of the load. */
export function planLoad(random: Random, { campaignId, turn, loadMs }: LoadOptions): LoadPlan {
  const settlements: Settlement[] = random.chance(0.7) ? ['order', 'payout'] : ['order'];
  const pools = settlements.map((settlement, index): PoolPlan => {
    const strategy = STRATEGIES[(turn + index) % STRATEGIES.length] ?? 'sharded-counters';
    const shards = random.int(2, 6);
    return {
      poolId: settlement === 'order' ? 'goods' : 'cash',
      strategy,
      settlement,
      shards,
      stock: random.int(60, 160),
    };
  });
  const people = pools.flatMap((pool) => planPeople(random.fork(pool.poolId), campaignId, pool, loadMs));
  return { pools, people: people.sort((one, other) => one.atMs - other.atMs), loadMs };
}

function planPeople(random: Random, campaignId: string, pool: PoolPlan, loadMs: number): PersonPlan[] {
  const count = Math.round(pool.stock * (1 + random.next() * 0.5));
  const isSale = pool.settlement === 'order';
  return personNames(random, campaignId, pool, count).map((userId) => ({
    userId,
    pool,
    atMs: random.int(0, loadMs),
    secondDeviceAfterMs: random.chance(0.2) ? random.int(0, 400) : undefined,
    expiresAfterMs: isSale && random.chance(0.3) ? random.int(50, 800) : undefined,
    comesBack: random.chance(0.5),
    asksAgain: random.chance(0.3),
  }));
}

function personNames(random: Random, campaignId: string, pool: PoolPlan, count: number): string[] {
  const names: string[] = [];
  for (let n = 1; names.length < count; n++) {
    const userId = `${pool.poolId}-${n}`;
    const home = homeShardNo(campaignId, pool.poolId, pool.shards, userId);
    if (!isQuietShard(home, pool.shards) || random.chance(QUIET_SHARE)) names.push(userId);
  }
  return names;
}
