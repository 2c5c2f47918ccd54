import { type Clock, fen } from '@floodgate/kernel';
import { type StockLog } from './admission';
import { applyEntry, FOLD_VERSION } from './fold';
import { type GrabRequest } from './grab-answer';
import { GrabUnit } from './grab-unit';
import { type Pool, type ShardId } from './pool';
import { type Grant, type StockRecord } from './records';
import { initialRange, MAP_VERSION } from './shard-map';
import { type CacheWatch } from './shard-cache';
import { emptyShard, type ShardState } from './shard-state';
import { MemoryAdmission } from './memory-admission';

export const pool: Pool = {
  campaignId: 'c',
  poolId: 'p',
  stock: 2,
  shards: 1,
  strategy: 'sharded-counters',
  settlement: 'order',
  packets: undefined,
  price: { priceFen: fen(990), payWithinMs: 1_000 },
  opensAtMs: 1_000,
  closesAtMs: 5_000,
};

/** A grab desk whose log is a list: what is proposed is folded only when the test says so. */
export class World {
  readonly admission = new MemoryAdmission();
  readonly proposed: Grant[] = [];
  readonly appended: StockRecord[] = [];
  readonly state: ShardState = emptyShard({ campaignId: 'c', poolId: 'p', shardNo: 0 });
  nowMs = 1_500;
  private loads = 0;
  readonly grabUnit: GrabUnit;

  constructor(of: Pool = pool) {
    const clock: Clock = { nowMs: () => this.nowMs };
    const log: StockLog = {
      propose: (_shard: ShardId, grant: Grant) => void this.proposed.push(grant),
      append: async (records) => void this.appended.push(...records.map(({ record }) => record)),
    };
    const ids = { next: () => `load-${this.loads++}` };
    const watch: CacheWatch = {
      loaded: () => undefined,
      trouble: (_state, error) => {
        throw error;
      },
    };
    this.grabUnit = new GrabUnit(
      { admissionFor: () => this.admission, log, clock, ids, watch },
      { waitingMax: 10, pollAfterMs: 100, proposalTimeoutMs: 1_000 },
    );
    const range = initialRange(of, 0);
    this.fold({ kind: 'created', foldVersion: FOLD_VERSION, mapVersion: MAP_VERSION, pool: of, range });
  }

  fold(record: StockRecord): void {
    const offset = this.state.lastOffset + 1;
    const entry = { shard: this.state.id, partition: 0, offset, writtenAtMs: 0, record };
    this.grabUnit.folded(this.state, entry, applyEntry(this.state, entry));
  }

  /** Lets everything that was proposed so far arrive in the log. */
  async foldProposed(): Promise<void> {
    await settle();
    const grants = this.proposed.splice(0);
    if (grants.length > 0) this.fold({ kind: 'granted', grants });
    await settle();
  }
}

/** Lets every promise that can go on go on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

export const request = (userId: string, grabId = `${userId}-grab`): GrabRequest => ({
  campaignId: 'c',
  poolId: 'p',
  userId,
  grabId,
  qualificationId: '',
});

export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  void promise.then(() => (pending = false));
  await settle();
  return pending;
}
