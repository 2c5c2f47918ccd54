import { type Campaign as CampaignMessage } from '@floodgate/contracts';
import { OutcomeError } from '@floodgate/kernel';
import { callUnary } from '@floodgate/nest-kit';
import { Body, Controller, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import { CampaignCache } from '../campaign-cache';
import { PoolCounts } from '../pool-counts';
import { Services } from '../services';
import { toMessage, toView } from './campaign-json';
import { type CampaignView } from './campaign-schemas';
import { ColdRouteGuard, SIGN_IN } from './cold-routes';
import { SignedIn, UserId } from './identity';
import {
  AdminCampaignAnswer,
  ApprovalBody,
  CampaignAnswer,
  CampaignBody,
  CampaignParams,
  EmptyBody,
  SecretBody,
} from './schemas';

/** For campaign operators. */
@ApiTags('admin')
@SignedIn('operator')
@SkipThrottle({ [SIGN_IN]: true })
@UseGuards(ColdRouteGuard)
@Controller('admin/campaigns')
export class AdminController {
  constructor(
    private readonly services: Services,
    private readonly campaigns: CampaignCache,
    private readonly counts: PoolCounts,
  ) {}

  /** Makes a draft. */
  @Post()
  @HttpCode(200)
  @ApiOkResponse({ type: CampaignAnswer })
  async create(@UserId() operatorId: string, @Body() spec: CampaignBody): Promise<CampaignAnswer> {
    const { activity, hops } = this.services;
    const request = { operatorId, campaign: toMessage(spec) };
    const { campaign } = await callUnary(activity, activity.createCampaign, request, hops.activity);
    return { outcome: 'OK', campaign: viewOf(campaign) };
  }

  /** The second person's yes to a draft with packets, and their commitment to a secret. Not for its author. */
  @Post(':campaignId/approval')
  @HttpCode(200)
  @ApiOkResponse({ type: CampaignAnswer })
  async approve(
    @UserId() operatorId: string,
    @Param() { campaignId }: CampaignParams,
    @Body() { commitment }: ApprovalBody,
  ): Promise<CampaignAnswer> {
    const { activity, hops } = this.services;
    const request = { operatorId, campaignId, commitment };
    const { campaign } = await callUnary(activity, activity.approveCampaign, request, hops.activity);
    return { outcome: 'OK', campaign: viewOf(campaign) };
  }

  /** Author and approver show the secrets they have committed to; the seed of the packets is made of both. */
  @Post(':campaignId/secret')
  @HttpCode(200)
  @ApiOkResponse({ type: CampaignAnswer })
  async showSecret(
    @UserId() operatorId: string,
    @Param() { campaignId }: CampaignParams,
    @Body() { secret }: SecretBody,
  ): Promise<CampaignAnswer> {
    const { activity, hops } = this.services;
    const request = { operatorId, campaignId, secret };
    const { campaign } = await callUnary(activity, activity.showSecret, request, hops.activity);
    return { outcome: 'OK', campaign: viewOf(campaign) };
  }

  /** Publishes a draft for good: from now on it never changes. Again gives the same answer. */
  @Post(':campaignId/publish')
  @HttpCode(200)
  @ApiOkResponse({ type: CampaignAnswer })
  async publish(
    @UserId() operatorId: string,
    @Param() { campaignId }: CampaignParams,
    @Body() _: EmptyBody,
  ): Promise<CampaignAnswer> {
    const { activity, hops } = this.services;
    const { campaign } = await callUnary(activity, activity.publishCampaign, { operatorId, campaignId }, hops.activity);
    await this.campaigns.refresh();
    return { outcome: 'OK', campaign: viewOf(campaign) };
  }

  /** The campaign, what its pools hold, and whether it can be grabbed from. */
  @Get(':campaignId')
  @ApiOkResponse({ type: AdminCampaignAnswer })
  async get(@Param() { campaignId }: CampaignParams): Promise<AdminCampaignAnswer> {
    const { activity, hops } = this.services;
    const { campaign } = await callUnary(activity, activity.getCampaign, { campaignId }, hops.activity);
    const view = viewOf(campaign);
    const pools = view.state === 'PUBLISHED' ? [...(await this.counts.measure(campaignId))] : [];
    const loaded = view.pools.every(({ poolId }) => pools.some((pool) => pool.poolId === poolId && pool.ready));
    const ready = view.state === 'PUBLISHED' && loaded && this.campaigns.peek(campaignId) !== undefined;
    return { outcome: 'OK', campaign: view, pools, ready };
  }
}

function viewOf(campaign: CampaignMessage | undefined): CampaignView {
  if (!campaign) throw new OutcomeError('INTERNAL', '', { cause: new Error('activity answered without a campaign') });
  return toView(campaign);
}
