import { activityV1, type Campaign as CampaignMessage } from '@floodgate/contracts';
import { isId, OutcomeError } from '@floodgate/kernel';
import { callUnary, CLOCK, Health, Lifecycle, LOG, outsideRequest, SyncedClock, uptimeMs } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type Logger } from 'pino';
import { type Config, CONFIG } from './config';
import { toView } from './http/campaign-json';
import { type CampaignView, type PoolView } from './http/campaign-schemas';
import { Services } from './services';

/** A published campaign, as phase one reads it. */
export interface Campaign {
  readonly campaignId: string;
  readonly view: CampaignView;
  /** The moment: splitAt of a card split, opensAt of a sale. */
  readonly t0Ms: number;
  readonly pools: ReadonlyMap<string, PoolView>;
}

// A flood of unknown ids asks activity at most this often.
const MISS_EVERY_MS = 200;

/**
 * Published campaigns, in memory. Asks activity every CAMPAIGN_POLL_EVERY_MS and, seldom, on a miss; goes on with what it
 * has while activity is away. Its answers also set this process's clock.
 */
@Injectable()
export class CampaignCache implements OnModuleInit {
  private campaigns: ReadonlyMap<string, Campaign> = new Map();
  private loaded = false;
  /** The last listing did not come: of an unknown id it cannot be said that nobody has published it. */
  private isBehind = true;
  private refreshing: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  private refreshedAt = -Infinity;

  constructor(
    private readonly services: Services,
    @Inject(CLOCK) private readonly clock: SyncedClock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Logger,
    private readonly lifecycle: Lifecycle,
    health: Health,
  ) {
    health.addReadiness('campaigns', () => {
      if (!this.loaded) throw new Error('activity has not told its campaigns yet');
    });
  }

  onModuleInit(): void {
    void this.latest();
    const timer = setInterval(() => void this.latest(), this.config.CAMPAIGN_POLL_EVERY_MS);
    this.lifecycle.onStop(() => clearInterval(timer));
  }

  /** The campaign if it is known here, without asking anyone. */
  peek(campaignId: string): Campaign | undefined {
    return this.campaigns.get(campaignId);
  }

  /** The published campaign. Throws NO_SUCH_CAMPAIGN, or TRY_LATER when it is unknown here and activity cannot be asked. */
  async get(campaignId: string): Promise<Campaign> {
    const known = this.campaigns.get(campaignId);
    if (known) return known;
    if (this.refreshing || performance.now() - this.refreshedAt > MISS_EVERY_MS) await this.latest();
    const found = this.campaigns.get(campaignId);
    if (found) return found;
    if (this.isBehind) throw new OutcomeError('TRY_LATER', 'campaigns cannot be looked up now', { pollAfterMs: 1_000 });
    throw new OutcomeError('NO_SUCH_CAMPAIGN', 'no published campaign has this id');
  }

  /** Undefined when there is no such campaign. Throws TRY_LATER as get does. */
  async find(campaignId: string): Promise<Campaign | undefined> {
    if (!isId(campaignId)) return undefined;
    try {
      return await this.get(campaignId);
    } catch (error) {
      if (error instanceof OutcomeError && error.outcome === 'NO_SUCH_CAMPAIGN') return undefined;
      throw error;
    }
  }

  /** Takes in a listing that is asked for from now on: one that is under way may have left before what the caller has done. */
  refresh(): Promise<void> {
    if (this.refreshing === undefined) return this.latest();
    this.next ??= this.refreshing.then(() => {
      this.next = undefined;
      return this.latest();
    });
    return this.next;
  }

  /** One at a time, for everybody who waits for it, however short their own time; never fails, since what is known stays good. */
  private latest(): Promise<void> {
    this.refreshing ??= outsideRequest(() => this.load()).finally(() => {
      this.refreshing = undefined;
      this.refreshedAt = performance.now();
    });
    return this.refreshing;
  }

  private async load(): Promise<void> {
    const { activity, hops } = this.services;
    const sentAtMs = uptimeMs();
    try {
      const answer = await callUnary(
        activity,
        activity.listCampaigns,
        activityV1.ListCampaignsRequest.fromPartial({}),
        hops.activity,
      );
      this.clock.learn(Number(answer.nowMs), sentAtMs, uptimeMs());
      this.campaigns = new Map(answer.campaigns.map((message) => [message.campaignId, this.keep(message)]));
      this.loaded = true;
      this.isBehind = false;
    } catch (err) {
      this.isBehind = true;
      this.log.warn({ err }, 'campaigns not refreshed');
    }
  }

  // A published campaign never changes but for the units of shares that were not counted: else what was made before is as good.
  private keep(message: CampaignMessage): Campaign {
    const known = this.campaigns.get(message.campaignId);
    return known?.view.pools.every(({ stock }) => stock > 0) ? known : toCampaign(message);
  }
}

export function toCampaign(message: CampaignMessage): Campaign {
  const view = toView(message);
  return {
    campaignId: view.campaignId,
    view,
    t0Ms: view.timeline.splitAtMs ?? view.timeline.opensAtMs,
    pools: new Map(view.pools.map((pool) => [pool.poolId, pool])),
  };
}
