import { BUCKET_MS, bucketAt, isNext, letOutShare, PacedBucket } from './paced-bucket';

/** Gives tokens of a bucket away, to whoever asks first, never more than its quota. Rejects when it is away. */
export interface TokenLender {
  /** How many of `wanted` it gave; fewer when the bucket is used up. */
  lease(cap: string, bucket: number, quota: number, wanted: number): Promise<number>;
}

interface Lease {
  readonly bucket: number;
  leased: number;
  used: number;
  asking: boolean;
  askedAtMs: number;
  usedUp: boolean;
  /** Its first tokens could not be had, and no more are asked for. */
  away: boolean;
  /** What the next block is to be. */
  block: number;
}

/** Of a bucket's quota: the smallest block that is asked for, and the largest. */
const BLOCK_SHARE = 1 / 64;
const BLOCK_SHARE_MAX = 1 / 8;

/** Of what the last bucket was asked for: what is leased ahead. The rest follows in blocks, so that little is left unused. */
const AHEAD_SHARE = 0.95;

/** A lender that has not answered for so long, when there is no token in hand, counts as away. */
const LEASE_WAIT_MS = 40;

/** A bucket's part of `perSecond`, whole tokens: over a second they add up, and every instance comes to the same. */
export function quotaOf(perSecond: number, bucket: number): number {
  const upTo = (count: number) => Math.floor((perSecond * BUCKET_MS * count) / 1_000);
  return upTo(bucket + 1) - upTo(bucket);
}

/**
 * One cap of the whole platform, of which this instance leases tokens in blocks: before a bucket begins as many as it expects to need, up to an even share,
 * and in it another block whenever people are turned away, until the platform has no more. No request waits for a lease.
 */
export class LeasedCap {
  private current: Lease = newLease(-Infinity);
  private next: Lease = newLease(-Infinity);
  private asked = 0;
  private askedBefore = 0;
  private leaving = false;
  private readonly fallback = new PacedBucket();

  constructor(
    private readonly cap: string,
    private readonly lender: TokenLender,
    private readonly onTrouble: (err: unknown) => void,
  ) {}

  /** From now on it uses up what it has leased, and leases no more: what it left unused nobody could have. */
  leave(): void {
    this.leaving = true;
  }

  /** True when a request at `nowMs` is within `perSecond`, of which `evenShare` is this instance's when nobody lends. */
  take(perSecond: number, evenShare: number, nowMs: number): boolean {
    const bucket = bucketAt(nowMs);
    if (isNext(bucket, this.current.bucket)) this.turnTo(bucket);
    this.asked += 1;
    const { current } = this;
    if (nowMs - bucket * BUCKET_MS >= BUCKET_MS / 2) this.askAhead(perSecond, evenShare, nowMs);
    if (current.asking && current.leased === 0 && nowMs - current.askedAtMs > LEASE_WAIT_MS) current.away = true;
    if (current.away) return this.fallback.take(perSecond * evenShare, nowMs);
    if (current.used < current.leased && current.used < current.leased * letOutShare(nowMs)) {
      current.used += 1;
      return true;
    }
    this.askMore(perSecond, nowMs);
    return false;
  }

  private turnTo(bucket: number): void {
    this.askedBefore = bucket === this.current.bucket + 1 ? this.asked : 0;
    this.asked = 0;
    this.current = this.next.bucket === bucket ? this.next : newLease(bucket);
  }

  private askAhead(perSecond: number, evenShare: number, nowMs: number): void {
    const bucket = bucketAt(nowMs) + 1;
    if (this.next.bucket === bucket) return;
    this.next = newLease(bucket);
    const quota = quotaOf(perSecond, bucket);
    const expected = Math.ceil(Math.max(this.asked, this.askedBefore) * AHEAD_SHARE);
    this.ask(this.next, quota, Math.min(expected, Math.ceil(quota * evenShare)), nowMs);
  }

  private askMore(perSecond: number, nowMs: number): void {
    const lease = this.current;
    if (lease.asking || lease.usedUp) return;
    const quota = quotaOf(perSecond, lease.bucket);
    const block = Math.max(1, Math.ceil(quota * BLOCK_SHARE), lease.block);
    lease.block = Math.min(block * 2, Math.ceil(quota * BLOCK_SHARE_MAX));
    this.ask(lease, quota, block, nowMs);
  }

  private ask(lease: Lease, quota: number, wanted: number, nowMs: number): void {
    if (quota === 0) lease.usedUp = true;
    if (wanted <= 0 || quota === 0 || this.leaving) return;
    lease.asking = true;
    lease.askedAtMs = nowMs;
    this.lender.lease(this.cap, lease.bucket, quota, wanted).then(
      (given) => {
        lease.asking = false;
        lease.leased += given;
        lease.usedUp = given < wanted;
      },
      (err: unknown) => {
        lease.asking = false;
        // With tokens in hand the rest of the bucket does without more: others may have had them meanwhile.
        lease.usedUp = true;
        lease.away = lease.leased === 0;
        this.onTrouble(err);
      },
    );
  }
}

function newLease(bucket: number): Lease {
  return { bucket, leased: 0, used: 0, asking: false, askedAtMs: 0, usedUp: false, away: false, block: 0 };
}
