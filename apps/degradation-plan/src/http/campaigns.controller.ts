import { effectivePolicy } from '@floodgate/domain/degradation-plan';
import { type Clock } from '@floodgate/kernel';
import { CLOCK } from '@floodgate/nest-kit';
import { Controller, Get, Inject, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ThrottlerGuard } from '@nestjs/throttler';
import { MysqlCampaigns } from '../adapters/mysql-campaigns';
import { MysqlPlanStore } from '../adapters/mysql-plan-store';
import { OperatorGuard, Takes } from './operator.guard';

/** The campaigns that the plan holds for. */
@ApiTags('campaigns')
@ApiBearerAuth()
@UseGuards(ThrottlerGuard, OperatorGuard)
@Controller('campaigns')
export class CampaignsController {
  constructor(
    private readonly store: MysqlPlanStore,
    private readonly campaigns: MysqlCampaigns,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Takes('look')
  @ApiOperation({ summary: 'Published campaigns that are not settled, with their T0 and the tier that holds now' })
  async list(): Promise<object> {
    const nowMs = this.clock.nowMs();
    const { plan, tiers, version } = await this.store.current();
    const campaigns = (await this.campaigns.unsettled(nowMs)).map((timeline) => {
      const { tier, announced } = effectivePolicy(plan, timeline, nowMs, tiers);
      return { ...timeline, tier, announced };
    });
    return { outcome: 'OK', nowMs, version, campaigns };
  }
}
