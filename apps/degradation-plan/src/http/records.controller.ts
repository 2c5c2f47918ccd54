import { type PlanSnapshot } from '@floodgate/domain/degradation-plan';
import { type Clock } from '@floodgate/kernel';
import { type Acknowledgement, CLOCK, validate } from '@floodgate/nest-kit';
import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { ThrottlerGuard } from '@nestjs/throttler';
import { MysqlAcknowledgements } from '../adapters/mysql-acknowledgements';
import { MysqlAuditLog } from '../adapters/mysql-audit-log';
import { MysqlPlanStore } from '../adapters/mysql-plan-store';
import { OperatorGuard } from './operator.guard';
import { auditQuery } from './schemas';

/** What instances follow, and who did what. */
@ApiTags('records')
@ApiBearerAuth()
@UseGuards(ThrottlerGuard, OperatorGuard)
@Controller()
export class RecordsController {
  constructor(
    private readonly store: MysqlPlanStore,
    private readonly acknowledgements: MysqlAcknowledgements,
    private readonly audit: MysqlAuditLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('acknowledgements')
  @ApiOperation({ summary: 'Which instance follows which version' })
  async listAcknowledgements(): Promise<object> {
    const current = await this.store.current();
    const list = await this.acknowledgements.list();
    const instances = list.map((one) => ({ ...one, state: followingState(one, current) }));
    return { outcome: 'OK', nowMs: this.clock.nowMs(), version: current.version, hash: current.hash, instances };
  }

  @Get('audit')
  @ApiOperation({ summary: 'Who did what, the newest first' })
  @ApiQuery({ name: 'beforeId', required: false, type: Number })
  @ApiQuery({ name: 'limit', required: false, type: Number })
  async listAudit(@Query() query: unknown): Promise<object> {
    const { beforeId, limit } = validate(auditQuery, query);
    return { outcome: 'OK', entries: await this.audit.list(beforeId, limit) };
  }
}

/** `conflict`: the same version with another content, which must never be. `ahead`: this database is older than the instance. */
function followingState(one: Acknowledgement, current: PlanSnapshot): 'current' | 'behind' | 'ahead' | 'conflict' {
  if (one.version < current.version) return 'behind';
  if (one.version > current.version) return 'ahead';
  return one.hash === current.hash ? 'current' : 'conflict';
}
