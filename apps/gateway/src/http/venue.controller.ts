import { type Clock } from '@floodgate/kernel';
import { callUnary, CLOCK, type NonCriticalCall, NonCriticalCalls } from '@floodgate/nest-kit';
import { Controller, Get, Header, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Gate } from '../admission/gate';
import { Admitted } from '../admission/route-admission';
import { StockLevels } from '../admission/stock-levels';
import { type Campaign, CampaignCache } from '../campaign-cache';
import { Services } from '../services';
import { SignedIn, UserId } from './identity';
import { CampaignParams, EntryAnswer, VenueAnswer } from './schemas';

type Status = EntryAnswer['status'];

/** What people see of a campaign before they do anything. */
@ApiTags('participants')
@Controller('campaigns/:campaignId')
export class VenueController {
  private readonly participateStatus: NonCriticalCall;

  constructor(
    private readonly campaigns: CampaignCache,
    private readonly levels: StockLevels,
    private readonly gate: Gate,
    private readonly services: Services,
    @Inject(CLOCK) private readonly clock: Clock,
    calls: NonCriticalCalls,
  ) {
    this.participateStatus = calls.of('activity.participate-status');
  }

  /** The main page's data, the same for everyone. Public. */
  @Get('venue')
  @Admitted('venue')
  @Header('cache-control', 'public, max-age=1')
  @ApiOkResponse({ type: VenueAnswer })
  async venue(@Param() { campaignId }: CampaignParams): Promise<VenueAnswer> {
    const campaign = await this.campaigns.get(campaignId);
    const stock = campaign.view.pools.flatMap((pool) => {
      const shown = this.levels.shown(pool);
      return shown ? [{ poolId: pool.poolId, ...shown }] : [];
    });
    const { state: _, ...view } = campaign.view;
    return {
      outcome: 'OK',
      ...view,
      nowMs: this.clock.nowMs(),
      remaining: Object.fromEntries(stock.map(({ poolId, remaining }) => [poolId, remaining])),
      availability: Object.fromEntries(stock.map(({ poolId, availability }) => [poolId, availability])),
      reduced: this.gate.policyFor(campaign).pageReduced,
    };
  }

  /** The way in. While the entry is released gradually: WAIT until this user's moment. */
  @Get('entry')
  @Admitted('entry')
  @SignedIn()
  @ApiOkResponse({ type: EntryAnswer })
  async entry(@UserId() userId: string, @Param() { campaignId }: CampaignParams): Promise<EntryAnswer> {
    const campaign = await this.campaigns.get(campaignId);
    const { participateStatus } = this.gate.policyFor(campaign);
    const status = participateStatus === 'on' ? await this.status(campaign, userId) : undefined;
    return { outcome: 'OK', ...(status && { status }) };
  }

  // Not critical: without it the entry works all the same.
  private status(campaign: Campaign, userId: string): Promise<Status> {
    const { activity, hops } = this.services;
    const { campaignId } = campaign.view;
    return this.participateStatus.ask(() =>
      callUnary(activity, activity.participateStatus, { campaignId, userId }, hops.participateStatus),
    );
  }
}
