import {
  approvePlan,
  draftPlan,
  editPlan,
  planChanges,
  publishPlan,
  REFERENCE_PLAN,
} from '@floodgate/domain/degradation-plan';
import { type Clock, OutcomeError } from '@floodgate/kernel';
import { CLOCK, sha256, validate } from '@floodgate/nest-kit';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Put, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { ThrottlerGuard } from '@nestjs/throttler';
import { MysqlPlanStore } from '../adapters/mysql-plan-store';
import { PlanDistribution } from '../plan-distribution';
import { OperatorGuard, OperatorId, Takes } from './operator.guard';
import { changedSince, noSuchPlan, planAnswer, rebasedSince, superseded, unsound } from './plan-answers';
import {
  ApprovePlanBody,
  approvePlanSchema,
  diffQuery,
  DraftPlanBody,
  draftPlanSchema,
  EditPlanBody,
  editPlanSchema,
  emptyBody,
  planListQuery,
  planParams,
} from './schemas';

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
  @Takes('draft')
  @HttpCode(200)
  @ApiOperation({ summary: 'Keep a plan as a draft; it gets a number' })
  @ApiBody({ type: DraftPlanBody })
  async draft(@Body() body: unknown, @OperatorId() operatorId: string): Promise<object> {
    const request = validate(draftPlanSchema, body);
    const result = await draftPlan(this.store, this.clock, sha256, { operatorId, ...request });
    if (result.kind === 'unsound') throw unsound(result.fault);
    const { planNo, hash, basePlanNo } = result;
    return { outcome: 'OK', planNo, hash, basePlanNo };
  }

  @Get()
  @Takes('look')
  @ApiOperation({ summary: 'All plans, the newest first' })
  @ApiQuery({ name: 'beforePlanNo', required: false, type: Number })
  @ApiQuery({ name: 'limit', required: false, type: Number })
  async list(@Query() query: unknown): Promise<object> {
    const { beforePlanNo, limit } = validate(planListQuery, query);
    const { planNo } = await this.store.current();
    const plans = await this.store.list(beforePlanNo, limit);
    return { outcome: 'OK', plans: plans.map((one) => planAnswer(one, planNo)) };
  }

  @Get('template')
  @Takes('look')
  @ApiOperation({ summary: 'The reference plan, to begin a draft with' })
  template(): object {
    return { outcome: 'OK', plan: REFERENCE_PLAN };
  }

  @Get('current')
  @Takes('look')
  @ApiOperation({ summary: 'The plan in force, with the tiers set by hand' })
  async current(): Promise<object> {
    return { outcome: 'OK', nowMs: this.clock.nowMs(), ...(await this.store.current()) };
  }

  @Get(':planNo')
  @Takes('look')
  @ApiOperation({ summary: 'One plan, with its author and approver' })
  async find(@Param() params: unknown): Promise<object> {
    const { planNo } = validate(planParams, params);
    const found = await this.store.find(planNo);
    if (found === undefined) throw noSuchPlan();
    const current = await this.store.current();
    return { outcome: 'OK', ...planAnswer(found, current.planNo), plan: found.plan };
  }

  @Get(':planNo/diff')
  @Takes('look')
  @ApiOperation({ summary: 'What a plan changes, field by field; compared with its base when no other is named' })
  @ApiQuery({ name: 'from', required: false, type: Number })
  async diff(@Param() params: unknown, @Query() query: unknown): Promise<object> {
    const { planNo } = validate(planParams, params);
    const { from } = validate(diffQuery, query);
    const to = await this.store.find(planNo);
    if (to === undefined) throw noSuchPlan();
    const before = await this.store.find(from ?? to.basePlanNo);
    if (before === undefined) throw noSuchPlan();
    const { hash, basePlanNo } = to;
    const changes = planChanges(before.plan, to.plan);
    return { outcome: 'OK', from: before.planNo, to: planNo, hash, basePlanNo, changes };
  }

  @Put(':planNo')
  @Takes('draft')
  @ApiOperation({ summary: 'Replace the content of a draft of your own; its approval is dropped' })
  @ApiBody({ type: EditPlanBody })
  async edit(@Param() params: unknown, @Body() body: unknown, @OperatorId() operatorId: string): Promise<object> {
    const { planNo } = validate(planParams, params);
    const { hash: readHash, ...content } = validate(editPlanSchema, body);
    const result = await editPlan(this.store, this.clock, sha256, { operatorId, planNo, readHash, ...content });
    switch (result.kind) {
      case 'edited': {
        const { hash, basePlanNo, droppedApproverId } = result;
        return { outcome: 'OK', planNo, hash, basePlanNo, droppedApproverId };
      }
      case 'unsound':
        throw unsound(result.fault);
      case 'no-such-plan':
        throw noSuchPlan();
      case 'another-author':
        throw new OutcomeError('FORBIDDEN', 'a draft is edited by its author');
      case 'not-a-draft':
        throw new OutcomeError('CONFLICT', 'the plan was published and is never edited; draft another');
      case 'changed-since':
        throw changedSince();
    }
  }

  @Post(':planNo/approve')
  @Takes('approve')
  @HttpCode(200)
  @ApiOperation({ summary: 'Approve a draft as it was read; the author cannot' })
  @ApiBody({ type: ApprovePlanBody })
  async approve(@Param() params: unknown, @Body() body: unknown, @OperatorId() operatorId: string): Promise<object> {
    const { planNo } = validate(planParams, params);
    const { hash: readHash, basePlanNo: readBasePlanNo } = validate(approvePlanSchema, body);
    const result = await approvePlan(this.store, this.clock, { operatorId, planNo, readHash, readBasePlanNo });
    switch (result.kind) {
      case 'approved':
        return { outcome: 'OK', planNo, hash: result.hash, basePlanNo: result.basePlanNo };
      case 'no-such-plan':
        throw noSuchPlan();
      case 'author-cannot-approve':
        throw new OutcomeError('FORBIDDEN', 'a plan is approved by another operator than its author');
      case 'changed-since':
        throw changedSince();
      case 'rebased-since':
        throw rebasedSince();
      case 'not-a-draft':
        throw new OutcomeError('CONFLICT', 'the plan came into force without an approval; draft it again');
    }
  }

  @Post(':planNo/publish')
  @Takes('publish')
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
        throw superseded();
      case 'base-moved':
        throw new OutcomeError(
          'CONFLICT',
          `the plan was written against plan ${result.basePlanNo}, but plan ${result.publishedPlanNo} is in force`,
        );
    }
  }
}
