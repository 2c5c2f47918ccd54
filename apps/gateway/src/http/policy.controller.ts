import { PlanFollower } from '@floodgate/nest-kit';
import { Controller, Get, Header, Query } from '@nestjs/common';
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
  ) {}

  @Get()
  @Header('cache-control', 'public, max-age=1')
  @ApiOkResponse({ type: PolicyAnswer })
  async policy(@Query() { campaignId }: PolicyQuery): Promise<PolicyAnswer> {
    const campaign = await this.campaigns.get(campaignId);
    const { policy, snapshot, ...told } = this.gate.told(campaign);
    const { signedSnapshot } = this.follower;
    return { outcome: 'OK', ...told, policy: { ...policy }, snapshot: { ...snapshot }, signed: signedSnapshot };
  }
}
