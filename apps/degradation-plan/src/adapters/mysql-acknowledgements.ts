import { execute, inTransaction, selectRows, type SqlValue } from '@floodgate/adapters/mysql';
import { type Tier } from '@floodgate/domain/degradation-plan';
import { type Acknowledgement, type PlanSource } from '@floodgate/nest-kit';
import { type DataSource } from 'typeorm';

/** Columns in the order of valuesOf. */
const COLUMNS = [
  'instance_id',
  'app',
  'version',
  'hash',
  'received_at_ms',
  'applied_at_ms',
  'source',
  'tier',
  'seen_at_ms',
] as const;

const valuesOf = (one: Acknowledgement): SqlValue[] => [
  one.instanceId,
  one.app,
  one.version,
  one.hash,
  one.receivedAtMs ?? null,
  one.appliedAtMs,
  one.source ?? null,
  one.tier ?? null,
  one.seenAtMs,
];

interface AcknowledgementRow {
  readonly instanceId: string;
  readonly app: string;
  readonly version: number | string;
  readonly hash: string;
  readonly receivedAtMs: number | string | null;
  readonly appliedAtMs: number | string;
  readonly source: PlanSource | null;
  readonly tier: Tier | null;
  readonly seenAtMs: number | string;
}

/** Which instance follows which version, as last heard. Every plan service writes all of them, so two that meet in one row try again. */
export class MysqlAcknowledgements {
  constructor(private readonly dataSource: DataSource) {}

  async put(acknowledgements: readonly Acknowledgement[]): Promise<void> {
    if (acknowledgements.length === 0) return;
    // All lock rows in one order.
    const sorted = acknowledgements.toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
    const rows = sorted.map(() => `(${COLUMNS.map(() => '?').join(', ')})`).join(', ');
    const updates = COLUMNS.slice(1).map((column) => `${column} = VALUES(${column})`);
    const statement = `INSERT INTO acknowledgements (${COLUMNS.join(', ')}) VALUES ${rows} ON DUPLICATE KEY UPDATE ${updates.join(', ')}`;
    await inTransaction(this.dataSource, (tx) => execute(tx, statement, sorted.flatMap(valuesOf)));
  }

  async forgetSeenBefore(atMs: number): Promise<void> {
    const statement = 'DELETE FROM acknowledgements WHERE seen_at_ms < ?';
    await inTransaction(this.dataSource, (tx) => execute(tx, statement, [atMs]));
  }

  async list(): Promise<Acknowledgement[]> {
    const rows = await selectRows<AcknowledgementRow>(
      this.dataSource,
      `SELECT instance_id AS instanceId, app, version, hash, received_at_ms AS receivedAtMs,
         applied_at_ms AS appliedAtMs, source, tier, seen_at_ms AS seenAtMs
       FROM acknowledgements ORDER BY app, instance_id`,
    );
    return rows.map(toAcknowledgement);
  }
}

function toAcknowledgement({ receivedAtMs, source, tier, ...row }: AcknowledgementRow): Acknowledgement {
  return {
    ...row,
    version: Number(row.version),
    appliedAtMs: Number(row.appliedAtMs),
    seenAtMs: Number(row.seenAtMs),
    ...(receivedAtMs !== null && { receivedAtMs: Number(receivedAtMs) }),
    ...(source !== null && { source }),
    ...(tier !== null && { tier }),
  };
}
