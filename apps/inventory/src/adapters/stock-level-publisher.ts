import { encodeStockLevel, type inventoryV1, STOCK_LEVEL_CHANNEL } from '@floodgate/contracts';

/** A pool as the folds of this instance show it now; how long that holds is the publisher's to say. */
export type LevelNow = Omit<inventoryV1.StockLevel, 'lifeMs'>;

export interface StockLevelPublisherOptions {
  readonly redis: { publish(channel: string, message: string): Promise<number> };
  /** The pools to tell of; those that nobody can grab from any more had better be left out. */
  readonly levels: () => readonly LevelNow[];
  readonly log: { warn(fields: object, message: string): void };
  readonly gatherMs?: number;
  readonly renewEveryMs?: number;
  readonly lifeMs?: number;
}

const GATHER_MS = 25;
const RENEW_EVERY_MS = 500;
// Two renewals may be lost before gateways let grabs through again.
const LIFE_MS = 1_500;

/**
 * Tells every gateway what is left of each pool: a change within 25 ms, and all of it again and again, because what is told
 * is a level with a short life and not an event that could be missed.
 */
export class StockLevelPublisher {
  private readonly told = new Map<string, string>();
  private readonly gatherMs: number;
  private renewTimer: NodeJS.Timeout | undefined;
  private gatherTimer: NodeJS.Timeout | undefined;
  private failing = false;

  constructor(private readonly options: StockLevelPublisherOptions) {
    this.gatherMs = options.gatherMs ?? GATHER_MS;
  }

  start(): void {
    this.renewTimer ??= setInterval(() => this.renew(), this.options.renewEveryMs ?? RENEW_EVERY_MS);
    this.renew();
  }

  /** Gateways let grabs through again when the life of what was told last is over. */
  stop(): void {
    clearInterval(this.renewTimer);
    clearTimeout(this.gatherTimer);
    this.renewTimer = undefined;
    this.gatherTimer = undefined;
  }

  /** To be called whenever a fold has taken a record; cheap, and tells only of pools whose version has changed. */
  changed(): void {
    if (this.renewTimer === undefined) return;
    this.gatherTimer ??= setTimeout(() => {
      this.gatherTimer = undefined;
      this.publish(this.options.levels().filter((level) => this.told.get(keyOf(level)) !== level.version));
    }, this.gatherMs);
  }

  private renew(): void {
    const levels = this.options.levels();
    // Only what is told of now is remembered, so that pools of old campaigns are forgotten.
    this.told.clear();
    this.publish(levels);
  }

  private publish(levels: readonly LevelNow[]): void {
    const lifeMs = this.options.lifeMs ?? LIFE_MS;
    for (const level of levels) {
      this.told.set(keyOf(level), level.version);
      this.options.redis.publish(STOCK_LEVEL_CHANNEL, encodeStockLevel({ ...level, lifeMs })).then(
        () => {
          this.failing = false;
        },
        (err: unknown) => this.failed(err),
      );
    }
  }

  // Said once until it works again: each renewal of each pool fails alike.
  private failed(err: unknown): void {
    if (!this.failing) this.options.log.warn({ err }, 'stock levels not told');
    this.failing = true;
  }
}

const keyOf = ({ campaignId, poolId }: LevelNow) => `${campaignId}/${poolId}`;
