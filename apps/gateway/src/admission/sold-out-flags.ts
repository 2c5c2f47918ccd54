import { type Outcome } from '@floodgate/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { type Campaign } from '../campaign-cache';
import { type Config, CONFIG } from '../config';
import { type PoolView } from '../http/campaign-schemas';
import { type PoolCount, PoolCounts } from '../pool-counts';

export interface SoldOut {
  readonly outcome: Extract<Outcome, 'SOLD_OUT' | 'SOLD_OUT_FOR_NOW'>;
  readonly pollAfterMs?: number;
}

interface Flag {
  readonly final: boolean;
  readonly untilMs: number;
}

const CHECK_EVERY_MS = 250;

/**
 * Pools that have nothing left, so that the many who come too late are refused without asking inventory. A flag is learnt
 * from a grab's answer but believed only when the counts of the whole pool agree, since that answer speaks for one shard. "For
 * now" is a level with a short life: once it is over, grabs go through again and renew it.
 */
@Injectable()
export class SoldOutFlags {
  private readonly flags = new Map<string, Flag>();
  private readonly checkedAt = new Map<string, number>();

  constructor(
    private readonly counts: PoolCounts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The refusal for a grab in this pool, if nothing is left. */
  of(campaignId: string, poolId: string): SoldOut | undefined {
    const flag = this.flags.get(key(campaignId, poolId));
    if (!flag) return undefined;
    if (flag.final) return { outcome: 'SOLD_OUT' };
    if (flag.untilMs <= performance.now()) return undefined;
    return { outcome: 'SOLD_OUT_FOR_NOW', pollAfterMs: this.config.SOLD_OUT_FLAG_MS };
  }

  /** Takes in that a grab was answered as sold out, finally or for now. */
  learn(campaign: Campaign, pool: PoolView, outcome: SoldOut['outcome']): void {
    const { campaignId } = campaign.view;
    const flagKey = key(campaignId, pool.poolId);
    const now = performance.now();
    if (now - (this.checkedAt.get(flagKey) ?? -Infinity) < CHECK_EVERY_MS) return;
    this.checkedAt.set(flagKey, now);
    void this.check(campaignId, pool, outcome);
  }

  private async check(campaignId: string, pool: PoolView, outcome: SoldOut['outcome']): Promise<void> {
    const counts = await this.counts.refresh(campaignId);
    const count = counts?.find(({ poolId }) => poolId === pool.poolId);
    if (!count || !isEmpty(count)) return;
    this.flags.set(key(campaignId, pool.poolId), {
      // A packet is never granted again, a unit on sale may be: its order can still expire.
      final: outcome === 'SOLD_OUT' && pool.settlement === 'PAYOUT',
      untilMs: performance.now() + this.config.SOLD_OUT_FLAG_MS,
    });
  }
}

function isEmpty(count: PoolCount): boolean {
  return count.ready && count.free === 0 && count.inTransit === 0;
}

const key = (campaignId: string, poolId: string) => `${campaignId}/${poolId}`;
