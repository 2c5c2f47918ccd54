import { PacedBucket } from './paced-bucket';
import { ShareSeat } from './share-seat';
import { type ShareReport, type ShareTable } from './share-table';

export const CAP = 'sale/grab';
export const ROUND_MS = 500;
export const TTL_MS = 1_000;

/** A small generator, so that a seed is a whole run (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many got through, by bucket of 100 ms of true time. */
export class BucketCounts {
  private readonly counts = new Map<number, number>();

  add(nowMs: number): void {
    const bucket = Math.floor(nowMs / 100);
    this.counts.set(bucket, (this.counts.get(bucket) ?? 0) + 1);
  }

  /** From `fromMs` until `untilMs`, both at the edge of a bucket. */
  between(fromMs: number, untilMs: number): number[] {
    return Array.from({ length: (untilMs - fromMs) / 100 }, (_, i) => this.counts.get(fromMs / 100 + i) ?? 0);
  }
}

/** The board of RedisShareBoard, in memory and in virtual time. */
class VirtualBoard {
  readonly reports = new Map<string, ShareReport>();
  readonly tables = new Map<number, ShareTable>();
  /** Its time less true time. */
  aheadMs = 0;

  exchange(instanceId: string, report: Omit<ShareReport, 'round'>, trueMs: number) {
    const nowMs = trueMs + this.aheadMs;
    const round = Math.floor(nowMs / ROUND_MS);
    this.reports.set(instanceId, { ...report, round });
    const reports = new Map(this.reports);
    for (const [id, told] of this.reports) if (told.round > round + 1) this.reports.delete(id);
    return { nowMs, reports, current: this.tables.get(round), next: this.tables.get(round + 1) };
  }

  propose(round: number, table: ShareTable): ShareTable {
    const kept = this.tables.get(round) ?? table;
    this.tables.set(round, kept);
    for (const known of this.tables.keys()) if (known > round + 1) this.tables.delete(known);
    return kept;
  }
}

interface Instance {
  readonly id: string;
  readonly seat: ShareSeat;
  readonly bucket: PacedBucket;
  /** How far its idea of the board's time is off. */
  readonly skewMs: number;
  /** The board's time less true time, as of its last exchange. */
  aheadMs: number;
  nextExchangeMs: number;
  /** Requests a second that are asked of it. */
  demand: number;
  owed: number;
  reachesBoard: boolean;
  taken: number;
}

export interface VirtualPlatformOptions {
  readonly perSecond: number;
  readonly random: () => number;
  readonly instanceCount?: number;
}

/** Instances that share a cap, in virtual time: the real seats and buckets, a board in memory. */
export class VirtualPlatform {
  readonly counts = new BucketCounts();
  readonly instances = new Map<string, Instance>();
  readonly board = new VirtualBoard();
  nowMs = 1_000_000;

  constructor(private readonly options: VirtualPlatformOptions) {}

  join(id: string, demand: number, reachesBoard = true): Instance {
    const { random, instanceCount = 1 } = this.options;
    const seat = new ShareSeat({ instanceId: id, weight: 1, roundMs: ROUND_MS, ttlMs: TTL_MS, instanceCount });
    const instance = {
      id,
      seat,
      bucket: new PacedBucket(),
      skewMs: random() * 4 - 2,
      aheadMs: this.board.aheadMs,
      nextExchangeMs: this.nowMs + random() * 50,
      demand,
      owed: 0,
      reachesBoard,
      taken: 0,
    };
    this.instances.set(id, instance);
    return instance;
  }

  crash(id: string): void {
    this.instances.delete(id);
  }

  /** Says that it leaves, once, and hears no more; it is asked on as long as it is there. */
  leave(id: string): void {
    const leaving = this.instances.get(id);
    if (leaving === undefined) return;
    leaving.seat.leave();
    this.exchange(leaving);
    leaving.nextExchangeMs = Infinity;
  }

  run(forMs: number, everyMs: () => void = () => undefined): void {
    for (let i = 0; i < forMs; i += 1, this.nowMs += 1) {
      everyMs();
      for (const instance of this.instances.values()) {
        if (this.nowMs >= instance.nextExchangeMs) this.exchange(instance);
        this.ask(instance);
      }
    }
  }

  private exchange(instance: Instance): void {
    const { seat, skewMs, aheadMs, id } = instance;
    instance.nextExchangeMs = this.nowMs + ROUND_MS / 2.5 + this.options.random() * 20;
    if (!instance.reachesBoard) return seat.lost();
    const proposal = seat.hear(this.board.exchange(id, seat.report(this.nowMs + aheadMs + skewMs), this.nowMs));
    instance.aheadMs = this.board.aheadMs;
    if (proposal) {
      seat.settle({ round: proposal.round, table: this.board.propose(proposal.round, proposal.table) });
    }
  }

  private ask(instance: Instance): void {
    const { perSecond } = this.options;
    instance.owed += instance.demand / 1_000;
    for (; instance.owed >= 1; instance.owed -= 1) {
      const localMs = this.nowMs + instance.aheadMs + instance.skewMs + this.options.random();
      instance.seat.ask(CAP, perSecond, localMs);
      if (!instance.bucket.take(perSecond * instance.seat.share(CAP, localMs), localMs)) continue;
      instance.taken += 1;
      this.counts.add(this.nowMs);
    }
  }
}
