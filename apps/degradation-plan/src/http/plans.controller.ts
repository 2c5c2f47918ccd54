import { approvePlan, draftPlan, publishPlan } from '@floodgate/domain/degradation-plan';
import { type Clock, OutcomeError } from '@floodgate/kernel';
import { CLOCK, sha256, validate } from '@floodgate/nest-kit';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ThrottlerGuard } from '@nestjs/throttler';
import { MysqlPlanStore } from '../adapters/mysql-plan-store';
import { PlanDistribution } from '../plan-distribution';
import { OperatorGuard, OperatorId } from './operator.guard';
import { DraftPlanBody, draftPlanSchema, emptyBody, planParams } from './schemas';

/** A plan's way from an author's draft over another operator's approval into force. */
@ApiTags('plans')
@ApiBearerAuth()
@UseGuards(ThrottlerGuard, OperatorGuard)
@Controller('plans')
export class PlansController {
  constructor(
    private readonly store: MysqlPlanStore,
    private readonly distribution: PlanDistribution,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Keep a plan as a draft; it gets a number and is never edited' })
  @ApiBody({ type: DraftPlanBody })
  async draft(@Body() body: unknown, @OperatorId() operatorId: string): Promise<object> {
    const request = validate(draftPlanSchema, body);
    const result = await draftPlan(this.store, this.clock, sha256, { operatorId, ...request });
    if (result.kind === 'unsound') {
      const field = `plan.${result.fault.field}`;
      throw new OutcomeError('INVALID_REQUEST', `${field}: ${result.fault.reason}`, { field });
    }
    const { planNo, hash, basePlanNo } = result;
    return { outcome: 'OK', planNo, hash, basePlanNo };
  }

  @Get('current')
  @ApiOperation({ summary: 'The plan in force, with the tiers set by hand' })
  async current(): Promise<object> {
    return { outcome: 'OK', nowMs: this.clock.nowMs(), ...(await this.store.current()) };
  }

  @Get(':planNo')
  @ApiOperation({ summary: 'One plan, with its author and approver' })
  async find(@Param() params: unknown): Promise<object> {
    const { planNo } = validate(planParams, params);
    const found = await this.store.find(planNo);
    if (found === undefined) throw noSuchPlan();
    return { outcome: 'OK', ...found };
  }

  @Post(':planNo/approve')
  @HttpCode(200)
  @ApiOperation({ summary: 'Approve a draft; the author cannot' })
  async approve(@Param() params: unknown, @Body() body: unknown, @OperatorId() operatorId: string): Promise<object> {
    const { planNo } = validate(planParams, params);
    validate(emptyBody, body);
    const result = await approvePlan(this.store, this.clock, { operatorId, planNo });
    switch (result.kind) {
      case 'approved':
        return { outcome: 'OK', planNo, hash: result.hash };
      case 'no-such-plan':
        throw noSuchPlan();
      case 'author-cannot-approve':
        throw new OutcomeError('FORBIDDEN', 'a plan is approved by another operator than its author');
    }
  }

  @Post(':planNo/publish')
  @HttpCode(200)
  @ApiOperation({ summary: 'Put an approved plan into force everywhere' })
  async publish(@Param() params: unknown, @Body() body: unknown, @OperatorId() operatorId: string): Promise<object> {
    const { planNo } = validate(planParams, params);
    validate(emptyBody, body);
    const result = await publishPlan(this.store, this.clock, sha256, { operatorId, planNo });
    switch (result.kind) {
      case 'published':
        await this.distribution.push(result.snapshot);
        return { outcome: 'OK', planNo, version: result.snapshot.version, hash: result.snapshot.hash };
      case 'no-such-plan':
        throw noSuchPlan();
      case 'not-approved':
        throw new OutcomeError('CONFLICT', 'the plan is not approved');
      case 'superseded':
        throw new OutcomeError('CONFLICT', 'the plan was in force before; draft it again');
      case 'base-moved':
        throw new OutcomeError(
          'CONFLICT',
          `the plan was written against plan ${result.basePlanNo}, but plan ${result.publishedPlanNo} is in force`,
        );
    }
  }
}

const noSuchPlan = () => new OutcomeError('INVALID_REQUEST', 'there is no such plan', { field: 'planNo' });
