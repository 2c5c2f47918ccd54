import { type Clock } from '@floodgate/kernel';
import { CLOCK, PlanFollower } from '@floodgate/nest-kit';
import { Controller, Get, Header, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Gate } from '../admission/gate';
import { CampaignCache } from '../campaign-cache';
import { PolicyAnswer, PolicyQuery } from './schemas';

/** What clients must obey, so that load which would be refused is never sent. Public. */
@ApiTags('participants')
@Controller('policy')
export class PolicyController {
  constructor(
    private readonly campaigns: CampaignCache,
    private readonly gate: Gate,
    private readonly follower: PlanFollower,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Header('cache-control', 'public, max-age=1')
  @ApiOkResponse({ type: PolicyAnswer })
  async policy(@Query() { campaignId }: PolicyQuery): Promise<PolicyAnswer> {
    const campaign = await this.campaigns.get(campaignId);
    const { snapshot, signedSnapshot } = this.follower;
    return {
      outcome: 'OK',
      policyVersion: snapshot.version,
      nowMs: this.clock.nowMs(),
      policy: { ...this.gate.policyFor(campaign) },
      snapshot: { ...snapshot },
      signed: signedSnapshot,
    };
  }
}
