import { execute, placeholders, selectRows, type Sql } from '@floodgate/adapters/mysql';
import { type Qualification, type Qualifications } from '@floodgate/domain/activity';
import { type DataSource } from 'typeorm';

interface QualificationRow {
  qualificationId: string;
  poolId: string;
  redemptionId: string;
  qualifiedAtMs: number;
  spentAtMs: number | null;
}

export class MysqlQualifications implements Qualifications {
  constructor(private readonly dataSource: DataSource) {}

  async find(campaignId: string, userId: string): Promise<Qualification | undefined> {
    const [row] = await selectRows<QualificationRow>(
      this.dataSource,
      `SELECT qualification_id AS qualificationId, pool_id AS poolId, redemption_id AS redemptionId,
              qualified_at_ms AS qualifiedAtMs, spent_at_ms AS spentAtMs
       FROM qualifications WHERE campaign_id = ? AND user_id = ?`,
      [campaignId, userId],
    );
    if (row === undefined) return undefined;
    const { spentAtMs, ...qualification } = row;
    return { campaignId, userId, ...qualification, spent: spentAtMs !== null };
  }
}

/** Marks qualifications as having led to a unit. The first instant stays; ids that are not known change nothing. */
export async function spendQualifications(sql: Sql, qualificationIds: readonly string[], nowMs: number): Promise<void> {
  if (qualificationIds.length === 0) return;
  // In one order everywhere, so that two batches cannot lock each other out.
  const ids = [...new Set(qualificationIds)].sort();
  await execute(
    sql,
    `UPDATE qualifications SET spent_at_ms = ? WHERE spent_at_ms IS NULL AND qualification_id IN (${placeholders(ids)})`,
    [nowMs, ...ids],
  );
}
