import { setTimeout as sleep } from 'node:timers/promises';
import { type Log } from '@floodgate/adapters/kafka';
import { type RedisClient } from '@floodgate/adapters/redis';
import { PeriodicJob } from '../periodic-job';
import { BoardTime } from './board-time';
import { LeasedCap } from './leased-cap';
import { PacedBucket } from './paced-bucket';
import { RedisShareBoard } from './redis-share-board';
import { RedisTokenLender } from './redis-token-lender';
import { ShareSeat } from './share-seat';
import { WaitingCount } from './waiting-count';

/** `share`: each instance has a share of a cap. `bucket`: all lease tokens of each 100 ms, in blocks. */
export type CapMode = 'share' | 'bucket';

export interface CapsConfig {
  readonly CAP_MODE: CapMode;
  /** Instances with the same name share caps; their keys in Redis begin with it. */
  readonly CAP_GROUP: string;
  readonly CAP_WEIGHT: number;
  /** A multiple of 100 ms, the same everywhere. */
  readonly CAP_ROUND_MS: number;
  readonly CAP_TTL_MS: number;
  /** The same everywhere. */
  readonly CAP_SHARDS: number;
  readonly INSTANCE_COUNT: number;
}

export interface PlatformCapsOptions {
  readonly config: CapsConfig;
  readonly instanceId: string;
  /** Connected, or trying to; away, each instance takes an even share. */
  readonly redis: RedisClient;
  readonly log: Log;
  /** Told how many instances share the caps, as far as this one knows. */
  readonly onMembers?: (count: number) => void;
}

interface Cap {
  readonly share: PacedBucket;
  readonly leased: LeasedCap;
  readonly waiting: WaitingCount;
}

const KNOWN_CAPS_MAX = 10_000;
const EXCHANGES_PER_ROUND = 2.5;

/**
 * The caps that all instances of a group keep together. Deciding asks nobody; who may use how much is settled with the others in the background, some
 * times a second, by the clock of Redis.
 */
export class PlatformCaps {
  private readonly time = new BoardTime();
  private readonly seat: ShareSeat;
  private readonly board: RedisShareBoard;
  private readonly lender: RedisTokenLender;
  private readonly job: PeriodicJob;
  private readonly caps = new Map<string, Cap>();
  private lenderAway = false;

  constructor(private readonly options: PlatformCapsOptions) {
    const { config, instanceId, redis, log } = options;
    const { CAP_GROUP: group, CAP_ROUND_MS: roundMs, CAP_TTL_MS: ttlMs } = config;
    this.seat = new ShareSeat({
      instanceId,
      weight: config.CAP_WEIGHT,
      roundMs,
      ttlMs,
      instanceCount: config.INSTANCE_COUNT,
    });
    this.board = new RedisShareBoard(redis, { group, roundMs });
    this.lender = new RedisTokenLender(redis, { group, instanceId, shards: config.CAP_SHARDS });
    this.job = new PeriodicJob({
      name: 'share caps',
      everyMs: roundMs / EXCHANGES_PER_ROUND,
      log,
      round: async () => {
        if (redis.status === 'ready') await this.exchange();
        else this.seat.lost();
        this.options.onMembers?.(this.seat.members);
        return false;
      },
    });
  }

  start(): void {
    this.job.start();
  }

  /** Gives the share back, and waits for the round from which the others have it. */
  async stop(): Promise<void> {
    this.seat.leave();
    for (const { leased } of this.caps.values()) leased.leave();
    await this.job.stop();
    const { redis, config } = this.options;
    if (redis.status !== 'ready') return;
    // An error costs the others two TTLs without this share, no more.
    await this.exchange().catch((err: unknown) => this.options.log.warn({ err }, 'leaves without a word'));
    for (let i = 0; i < 2 * EXCHANGES_PER_ROUND && this.seat.members > 1 && this.isSeated(); i++) {
      await sleep(config.CAP_ROUND_MS / EXCHANGES_PER_ROUND);
    }
  }

  /** True when one more request is within `perSecond`, which is the whole platform's. `localMs` is performance.now(). */
  take(name: string, perSecond: number, localMs = performance.now()): boolean {
    if (perSecond <= 0) return false;
    const cap = this.capOf(name);
    const nowMs = this.time.at(localMs);
    this.seat.ask(name, perSecond, nowMs);
    const taken =
      this.options.config.CAP_MODE === 'share'
        ? cap.share.take(perSecond * this.seat.share(name, nowMs), nowMs)
        : cap.leased.take(perSecond, this.seat.evenShare(), nowMs);
    if (!taken) cap.waiting.add(nowMs);
    return taken;
  }

  /** When one that was turned away should come back. */
  pollAfterMs(name: string, perSecond: number): number {
    return this.capOf(name).waiting.pollAfterMs(perSecond * this.seat.evenShare());
  }

  private async exchange(): Promise<void> {
    const sentAt = performance.now();
    try {
      const reply = await this.board.exchange(this.options.instanceId, this.seat.report(this.time.at(sentAt)));
      this.time.learn(reply.nowMs, sentAt, performance.now());
      const proposal = this.seat.hear(reply);
      if (proposal) this.seat.settle({ round: proposal.round, table: await this.board.propose(proposal) });
    } catch (error) {
      this.seat.lost();
      throw error;
    }
  }

  private isSeated(): boolean {
    return this.seat.isSeated(this.time.at(performance.now()));
  }

  private capOf(name: string): Cap {
    const known = this.caps.get(name);
    if (known) return known;
    if (this.caps.size >= KNOWN_CAPS_MAX) this.caps.clear();
    const leased = new LeasedCap(name, this.lender, (err) => this.notLent(err));
    const made = { share: new PacedBucket(), leased, waiting: new WaitingCount() };
    this.caps.set(name, made);
    return made;
  }

  private notLent(err: unknown): void {
    // Many leases fail at once: one line and one listener for all of them.
    if (this.lenderAway) return;
    this.lenderAway = true;
    this.options.log.warn({ err }, 'caps are shared evenly until Redis is back');
    this.options.redis.once('ready', () => (this.lenderAway = false));
  }
}
