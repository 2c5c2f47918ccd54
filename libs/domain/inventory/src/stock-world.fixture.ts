import { type Clock, fen } from '@floodgate/kernel';
import { type Admission, type StockLog, type StockLogReader } from './admission';
import { applyEntry, FOLD_VERSION } from './fold';
import { type GrabAnswer, type GrabRequest } from './grab-answer';
import { GrabUnit } from './grab-unit';
import { MemoryAdmission } from './memory-admission';
import { type Pool, type ShardId, shardKey } from './pool';
import { type Grant, type StockLogEntry, type StockRecord } from './records';
import { initialRange, MAP_VERSION } from './shard-map';
import { emptyShard, type ShardState } from './shard-state';

export const salePool = (more: Partial<Pool> = {}): Pool => ({
  campaignId: 'c',
  poolId: 'p',
  stock: 12,
  shards: 3,
  strategy: 'sharded-counters',
  settlement: 'order',
  packets: undefined,
  price: { priceFen: fen(990), payWithinMs: 1_000 },
  opensAtMs: 0,
  closesAtMs: 1_000_000,
  ...more,
});

interface Appended {
  readonly shard: ShardId;
  readonly record: StockRecord;
}

/** One inventory instance: its own fold, which lags behind the log as far as the test lets it. */
export class Instance implements StockLogReader {
  readonly states = new Map<string, ShardState>();
  readonly grabUnit: GrabUnit;
  private readonly nextOffset: number[];
  private readers: { readonly partition: number; readonly end: number; readonly done: () => void }[] = [];
  private grants: { readonly shard: ShardId; readonly grant: Grant }[] = [];
  isAlive = true;

  constructor(private readonly world: StockWorld) {
    this.nextOffset = world.partitions.map(() => 0);
    const log: StockLog = {
      propose: (shard, grant) => void this.grants.push({ shard, grant }),
      append: async (records) => world.append(records),
    };
    this.grabUnit = new GrabUnit(
      {
        admissionFor: () => (world.pool.strategy === 'memory' ? new MemoryAdmission() : world.admission),
        log,
        clock: world.clock,
        ids: { next: () => world.nextId() },
        watch: { loaded: () => undefined, trouble: () => undefined },
      },
      { waitingMax: 1_000, pollAfterMs: 100, proposalTimeoutMs: 1_000 },
    );
  }

  /** Sends what was proposed so far, one record a shard. */
  send(): void {
    const byShard = new Map<string, { shard: ShardId; grants: Grant[] }>();
    for (const { shard, grant } of this.grants) {
      const key = shardKey(shard);
      byShard.set(key, { shard, grants: [...(byShard.get(key)?.grants ?? []), grant] });
    }
    this.grants = [];
    this.world.append(
      [...byShard.values()].map(({ shard, grants }) => ({ shard, record: { kind: 'granted', grants } })),
    );
  }

  /** Folds the next record of a partition; false when there is none. */
  read(partition: number): boolean {
    const offset = this.nextOffset[partition] ?? 0;
    const appended = this.world.partitions[partition]?.[offset];
    if (appended === undefined) return false;
    const key = shardKey(appended.shard);
    const state = this.states.get(key) ?? emptyShard(appended.shard);
    this.states.set(key, state);
    const entry: StockLogEntry = { ...appended, partition, offset, writtenAtMs: 0 };
    this.nextOffset[partition] = offset + 1;
    this.grabUnit.folded(state, entry, applyEntry(state, entry));
    const isThere = (reader: { partition: number; end: number }) =>
      (this.nextOffset[reader.partition] ?? 0) >= reader.end;
    for (const { done } of this.readers.filter(isThere)) done();
    this.readers = this.readers.filter((reader) => !isThere(reader));
    return true;
  }

  async readToEnd(shard: ShardId): Promise<void> {
    const partition = this.world.partitionOf(shard);
    const end = this.world.partitions[partition]?.length ?? 0;
    if ((this.nextOffset[partition] ?? 0) >= end) return;
    await new Promise<void>((done) => this.readers.push({ partition, end, done }));
  }
}

/** A pool, a log of two partitions, one admission cache for all, and instances that read as fast as the test says. */
export class StockWorld {
  readonly partitions: Appended[][] = [[], []];
  readonly clock: Clock = { nowMs: () => this.nowMs };
  readonly instances: Instance[] = [];
  nowMs = 1_000;
  private ids = 0;

  constructor(
    readonly pool: Pool,
    readonly admission: Admission & { flush(): void } = new MemoryAdmission(),
    instances = 2,
  ) {
    for (let shardNo = 0; shardNo < pool.shards; shardNo++) {
      const record = { kind: 'created', foldVersion: FOLD_VERSION, mapVersion: MAP_VERSION, pool } as const;
      this.append([{ shard: this.shard(shardNo), record: { ...record, range: initialRange(pool, shardNo) } }]);
    }
    for (let i = 0; i < instances; i++) this.start();
    this.readAll();
  }

  start(): Instance {
    const instance = new Instance(this);
    this.instances.push(instance);
    return instance;
  }

  /** Its memory is gone, and with it what it had proposed and not sent. */
  kill(instance: Instance): void {
    instance.isAlive = false;
    this.instances.splice(this.instances.indexOf(instance), 1);
  }

  nextId(): string {
    return `id-${this.ids++}`;
  }

  append(records: readonly Appended[]): void {
    for (const appended of records) this.partitions[this.partitionOf(appended.shard)]?.push(appended);
  }

  partitionOf({ shardNo }: ShardId): number {
    return shardNo % this.partitions.length;
  }

  shard(shardNo: number): ShardId {
    return { campaignId: this.pool.campaignId, poolId: this.pool.poolId, shardNo };
  }

  request(userId: string, grabId = `${userId}-grab`): GrabRequest {
    return { campaignId: this.pool.campaignId, poolId: this.pool.poolId, userId, grabId, qualificationId: '' };
  }

  readAll(): void {
    for (const instance of this.instances) {
      this.partitions.forEach((_, partition) => {
        while (instance.read(partition));
      });
    }
  }

  /** Lets everything go on, with time passing, until nothing is left to do. */
  async quiesce(): Promise<void> {
    for (let round = 0; round < 30; round++) {
      this.nowMs += 500;
      for (const instance of this.instances) {
        const tending = instance.grabUnit.tend(instance);
        await settle();
        instance.send();
        this.readAll();
        await settle();
        await tending;
      }
      this.readAll();
      await settle();
    }
  }

  /** One grab, with everything done at once that it needs. */
  async grabAlone(instance: Instance, request: GrabRequest): Promise<GrabAnswer> {
    const answer = Promise.resolve(instance.grabUnit.grab(request));
    for (let round = 0; round < 8; round++) {
      await settle();
      instance.send();
      this.readAll();
    }
    return answer;
  }
}

/** Lets every promise that can go on go on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 60; i++) await Promise.resolve();
}
