import { forecast, rehearsePlan } from '@floodgate/domain/degradation-plan';
import { type Clock, type IdSource, OutcomeError } from '@floodgate/kernel';
import { CLOCK, IDS, validate } from '@floodgate/nest-kit';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ThrottlerGuard } from '@nestjs/throttler';
import { MysqlCampaigns } from '../adapters/mysql-campaigns';
import { MysqlPlanStore } from '../adapters/mysql-plan-store';
import { RedisDryRuns } from '../adapters/redis-dry-runs';
import { OperatorGuard, OperatorId, Takes } from './operator.guard';
import { noSuchCampaign, noSuchPlan } from './plan-answers';
import { DryRunBody, dryRunParams, dryRunSchema, planParams } from './schemas';

/** What a plan would shed of the traffic there is, without shedding it. */
@ApiTags('dry runs')
@ApiBearerAuth()
@UseGuards(ThrottlerGuard, OperatorGuard)
@Controller('plans/:planNo/dry-run')
export class DryRunsController {
  constructor(
    private readonly store: MysqlPlanStore,
    private readonly campaigns: MysqlCampaigns,
    private readonly dryRuns: RedisDryRuns,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(IDS) private readonly ids: IdSource,
  ) {}

  @Post()
  @Takes('rehearse')
  @HttpCode(200)
  @ApiOperation({ summary: 'Have the gateways count for up to 60 s what a plan would shed of a campaign at a tier' })
  @ApiBody({ type: DryRunBody })
  async start(@Param() params: unknown, @Body() body: unknown, @OperatorId() operatorId: string): Promise<object> {
    const { planNo } = validate(planParams, params);
    const { seconds, ...wanted } = validate(dryRunSchema, body);
    if (!(await this.campaigns.knows(wanted.campaignId))) throw noSuchCampaign();
    if ((await this.dryRuns.current()) !== undefined) throw anotherIsOn();
    const request = { operatorId, planNo, lastsMs: seconds * 1_000, ...wanted };
    const result = await rehearsePlan(this.store, this.clock, this.ids, request);
    if (result.kind === 'no-such-plan') throw noSuchPlan();
    if (!(await this.dryRuns.start(result.run))) throw anotherIsOn();
    const { dryRunId, hash, untilMs } = result.run;
    return { outcome: 'OK', dryRunId, planNo, hash, untilMs };
  }

  @Get(':dryRunId')
  @Takes('look')
  @ApiOperation({ summary: 'What was counted so far, by route and priority; final a second after untilMs' })
  async find(@Param() params: unknown): Promise<object> {
    const { planNo, dryRunId } = validate(dryRunParams, params);
    const run = await this.dryRuns.find(dryRunId);
    if (run?.planNo !== planNo) {
      throw new OutcomeError('INVALID_REQUEST', 'there was no such dry run in the last hour', { field: 'dryRunId' });
    }
    const { plan: _, ...about } = run;
    const counts = await this.dryRuns.counts(dryRunId);
    const routes = forecast([...counts.values()]);
    return { outcome: 'OK', ...about, nowMs: this.clock.nowMs(), instances: [...counts.keys()].sort(), routes };
  }
}

const anotherIsOn = () => new OutcomeError('CONFLICT', 'another dry run is on; wait for its end');
