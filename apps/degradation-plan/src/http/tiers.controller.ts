import { clearTier, setTier } from '@floodgate/domain/degradation-plan';
import { type Clock, OutcomeError } from '@floodgate/kernel';
import { CLOCK, sha256, validate } from '@floodgate/nest-kit';
import { Body, Controller, Delete, HttpCode, Inject, Param, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ThrottlerGuard } from '@nestjs/throttler';
import { MysqlCampaigns } from '../adapters/mysql-campaigns';
import { MysqlPlanStore } from '../adapters/mysql-plan-store';
import { PlanDistribution } from '../plan-distribution';
import { OperatorGuard, OperatorId, Takes } from './operator.guard';
import { noSuchCampaign } from './plan-answers';
import { campaignParams, SetTierBody, setTierSchema } from './schemas';

/** Tiers set by hand: in force at once, everywhere, until their time is up. */
@ApiTags('tiers')
@ApiBearerAuth()
@UseGuards(ThrottlerGuard, OperatorGuard)
@Controller('tiers')
export class TiersController {
  constructor(
    private readonly store: MysqlPlanStore,
    private readonly campaigns: MysqlCampaigns,
    private readonly distribution: PlanDistribution,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @Takes('set-tier')
  @HttpCode(200)
  @ApiOperation({ summary: "Set a campaign's tier; takes the place of what was set by hand before" })
  @ApiBody({ type: SetTierBody })
  async set(@Body() body: unknown, @OperatorId() operatorId: string): Promise<object> {
    const { evenIfUnknown, ...request } = validate(setTierSchema, body);
    // A misspelt id, most likely, for which a tier would shed nothing; but the lever must work too while the events of published campaigns do not arrive.
    if (!evenIfUnknown && !(await this.campaigns.knows(request.campaignId)))
      throw noSuchCampaign('"evenIfUnknown": true sets it all the same');
    const result = await setTier(this.store, this.clock, sha256, { operatorId, ...request });
    if (result.kind === 'invalid') {
      const { field, reason } = result.fault;
      throw new OutcomeError('INVALID_REQUEST', `${field}: ${reason}`, { field });
    }
    await this.distribution.push(result.snapshot);
    return { outcome: 'OK', version: result.snapshot.version, tier: result.tier };
  }

  @Delete(':campaignId')
  @Takes('set-tier')
  @ApiOperation({ summary: "End a campaign's manual tier before its time; it ramps down" })
  async clear(@Param() params: unknown, @OperatorId() operatorId: string): Promise<object> {
    const { campaignId } = validate(campaignParams, params);
    const snapshot = await clearTier(this.store, this.clock, sha256, { operatorId, campaignId });
    await this.distribution.push(snapshot);
    return { outcome: 'OK', version: snapshot.version };
  }
}
