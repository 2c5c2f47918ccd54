import { type Clock } from '@floodgate/kernel';
import { CLOCK, validate } from '@floodgate/nest-kit';
import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { ThrottlerGuard } from '@nestjs/throttler';
import { MysqlAcknowledgements } from '../adapters/mysql-acknowledgements';
import { MysqlAuditLog } from '../adapters/mysql-audit-log';
import { MysqlPlanStore } from '../adapters/mysql-plan-store';
import { followingOf } from '../following';
import { OperatorGuard, Takes } from './operator.guard';
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
  @Takes('look')
  @ApiOperation({
    summary: 'Which instance follows which version since when, and in which tier it is; those that lag or differ first',
  })
  async listAcknowledgements(): Promise<object> {
    const { version, hash, issuedAtMs } = await this.store.current();
    const nowMs = this.clock.nowMs();
    const following = followingOf(await this.acknowledgements.list(), { version, hash }, nowMs);
    return { outcome: 'OK', nowMs, version, hash, issuedAtMs, ...following };
  }

  @Get('audit')
  @Takes('look')
  @ApiOperation({ summary: 'Who did what, the newest first' })
  @ApiQuery({ name: 'beforeId', required: false, type: Number })
  @ApiQuery({ name: 'limit', required: false, type: Number })
  async listAudit(@Query() query: unknown): Promise<object> {
    const { beforeId, limit } = validate(auditQuery, query);
    return { outcome: 'OK', entries: await this.audit.list(beforeId, limit) };
  }
}
