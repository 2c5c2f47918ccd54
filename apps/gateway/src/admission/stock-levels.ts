import { createSubscriber, keepConnecting, keepSubscribed, type RedisClient } from '@floodgate/adapters/redis';
import { decodeStockLevel, STOCK_LEVEL_CHANNEL } from '@floodgate/contracts';
import { Lifecycle, LOG, Metrics } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type Logger } from 'pino';
import { type Counter } from 'prom-client';
import { CampaignCache } from '../campaign-cache';
import { type Config, CONFIG } from '../config';
import { type PoolView } from '../http/campaign-schemas';
import { PoolLevel, type ShownStock, type SoldOut } from './pool-level';

/**
 * What is left of each pool, as inventory tells every gateway over Redis, so that the many who come too late are refused here
 * and nobody is refused once units are back. Works without Redis: then answers to grabs alone teach it, and what is not known
 * lets grabs through.
 */
@Injectable()
export class StockLevels implements OnModuleInit {
  // A pool's view lives as long as its campaign is known here; levels of other pools are not kept at all.
  private readonly levels = new WeakMap<PoolView, PoolLevel>();
  private readonly subscriber: RedisClient;
  private readonly heard: Counter<'kind'>;

  constructor(
    private readonly campaigns: CampaignCache,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Logger,
    private readonly lifecycle: Lifecycle,
    metrics: Metrics,
  ) {
    this.subscriber = createSubscriber(config.REDIS_URL);
    this.heard = metrics.counter('stock_levels_heard_total', 'Stock levels heard over Redis.', ['kind']);
  }

  onModuleInit(): void {
    this.subscriber.on('message', (_channel: string, text: string) => this.hear(text));
    const whenRefused = 'stock levels not subscribed';
    keepSubscribed(this.subscriber, { channel: STOCK_LEVEL_CHANNEL, log: this.log, whenRefused });
    void keepConnecting(this.subscriber, this.log, 'stock levels are not heard until Redis is back');
    this.lifecycle.onStop(() => this.subscriber.disconnect());
  }

  /** The refusal for a grab in this pool when nothing is left. */
  soldOut(pool: PoolView): SoldOut | undefined {
    return this.levels.get(pool)?.soldOut(performance.now());
  }

  /** What to show of a pool; undefined while nothing is known of it. */
  shown(pool: PoolView): ShownStock | undefined {
    return this.levels.get(pool)?.shown(performance.now());
  }

  /** Takes in that a grab in a shard was answered as sold out. */
  learn(pool: PoolView, shardNo: number, outcome: SoldOut): void {
    this.levelOf(pool).learn(shardNo, outcome, performance.now(), this.config.SOLD_OUT_FLAG_MS);
  }

  private hear(text: string): void {
    const level = decodeStockLevel(text);
    const pool = level && this.campaigns.peek(level.campaignId)?.pools.get(level.poolId);
    if (pool) this.levelOf(pool).hear(level, performance.now());
    this.heard.inc({ kind: pool ? 'known' : level ? 'unknown-pool' : 'unreadable' });
  }

  private levelOf(pool: PoolView): PoolLevel {
    const known = this.levels.get(pool);
    if (known) return known;
    const made = new PoolLevel(pool.shards);
    this.levels.set(pool, made);
    return made;
  }
}
