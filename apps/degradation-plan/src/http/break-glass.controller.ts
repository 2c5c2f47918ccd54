import { breakGlass, withdrawBreakGlass } from '@floodgate/domain/degradation-plan';
import { type Clock, OutcomeError } from '@floodgate/kernel';
import { CLOCK, sha256, validate } from '@floodgate/nest-kit';
import { Body, Controller, Delete, HttpCode, Inject, Param, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ThrottlerGuard } from '@nestjs/throttler';
import { MysqlPlanStore } from '../adapters/mysql-plan-store';
import { PlanDistribution } from '../plan-distribution';
import { OperatorGuard, OperatorId, Takes } from './operator.guard';
import { noSuchPlan, superseded } from './plan-answers';
import { emptyBody, planParams } from './schemas';

/** One person's way to a tighter plan, when there is no time for a second one. */
@ApiTags('break-glass')
@ApiBearerAuth()
@UseGuards(ThrottlerGuard, OperatorGuard)
@Controller('plans/:planNo/break-glass')
export class BreakGlassController {
  constructor(
    private readonly store: MysqlPlanStore,
    private readonly distribution: PlanDistribution,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @Takes('break-glass')
  @HttpCode(200)
  @ApiOperation({ summary: 'Put a plan into force without approval; only one that tightens the plan in force' })
  async break(@Param() params: unknown, @Body() body: unknown, @OperatorId() operatorId: string): Promise<object> {
    const { planNo } = validate(planParams, params);
    validate(emptyBody, body);
    const result = await breakGlass(this.store, this.clock, sha256, { operatorId, planNo });
    switch (result.kind) {
      case 'in-force':
        await this.distribution.push(result.snapshot);
        return { outcome: 'OK', planNo, version: result.snapshot.version, hash: result.snapshot.hash };
      case 'no-such-plan':
        throw noSuchPlan();
      case 'superseded':
        throw superseded();
      case 'loosens': {
        const { field, reason } = result.fault;
        const detail = `the plan may admit what the one in force does not, which takes an approval: ${field}: ${reason}`;
        throw new OutcomeError('CONFLICT', detail, { field: `plan.${field}` });
      }
    }
  }

  @Delete()
  @Takes('break-glass')
  @ApiOperation({ summary: 'Withdraw what you put into force that way; the plan before comes back' })
  async withdraw(@Param() params: unknown, @OperatorId() operatorId: string): Promise<object> {
    const { planNo } = validate(planParams, params);
    const result = await withdrawBreakGlass(this.store, this.clock, sha256, { operatorId, planNo });
    switch (result.kind) {
      case 'withdrawn': {
        await this.distribution.push(result.snapshot);
        const { planNo: inForce, version, hash } = result.snapshot;
        return { outcome: 'OK', planNo: inForce, version, hash };
      }
      case 'no-such-plan':
        throw noSuchPlan();
      case 'not-break-glass':
        throw new OutcomeError('CONFLICT', 'the plan did not come into force by breaking glass');
      case 'another-person':
        throw new OutcomeError('FORBIDDEN', 'who broke the glass withdraws it; everybody else has a plan approved');
      case 'superseded':
        throw superseded();
    }
  }
}
