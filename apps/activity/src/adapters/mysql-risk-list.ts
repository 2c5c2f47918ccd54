import { execute, insertRows, inTransaction, selectRows, type Sql } from '@floodgate/adapters/mysql';
import {
  type RiskChanges,
  type RiskKind,
  type RiskList,
  type RiskListing,
  type RiskSubject,
} from '@floodgate/domain/activity';
import { type DataSource } from 'typeorm';

const COLUMNS = ['kind', 'subject', 'reason', 'listed_by', 'listed_at_ms', 'expires_at_ms', 'version'] as const;

export class MysqlRiskList implements RiskList {
  constructor(
    private readonly dataSource: DataSource,
    private readonly changesMax = 5_000,
  ) {}

  async put(listing: RiskListing, { atLeast }: { readonly atLeast: boolean }): Promise<RiskListing> {
    return inTransaction(this.dataSource, async (tx) => {
      const version = await nextVersion(tx);
      const known = await find(tx, listing);
      if (atLeast && known !== undefined && known.expiresAtMs >= listing.expiresAtMs) return known;
      await keep(tx, listing, version);
      await audit(
        tx,
        { version, action: 'LIST', reason: listing.reason, by: listing.listedBy, nowMs: listing.listedAtMs },
        listing,
      );
      return listing;
    });
  }

  async remove(
    subject: RiskSubject,
    { reason, by, nowMs }: { readonly reason: string; readonly by: string; readonly nowMs: number },
  ): Promise<boolean> {
    return inTransaction(this.dataSource, async (tx) => {
      const version = await nextVersion(tx);
      const known = await find(tx, subject);
      if (known === undefined || known.expiresAtMs <= nowMs) return false;
      const removed = { ...known, expiresAtMs: nowMs };
      await keep(tx, removed, version);
      await audit(tx, { version, action: 'UNLIST', reason, by, nowMs }, removed);
      return true;
    });
  }

  async changesAfter(version: number): Promise<RiskChanges> {
    return inTransaction(this.dataSource, async (tx) => {
      const [current] = await selectRows<{ version: number }>(tx, 'SELECT version FROM risk_list_version WHERE id = 1');
      const rows = await selectRows<RiskListing & { version: number }>(
        tx,
        `SELECT kind, subject, reason, listed_by AS listedBy, listed_at_ms AS listedAtMs, expires_at_ms AS expiresAtMs, version
         FROM risk_list WHERE version > ? ORDER BY version LIMIT ?`,
        [version, this.changesMax],
      );
      const more = rows.length === this.changesMax;
      const last = more ? rows[rows.length - 1]?.version : current?.version;
      return { version: Number(last ?? 0), changes: rows.map(({ version: _, ...listing }) => listing), more };
    });
  }
}

/** Locks the one row of versions until the transaction ends. */
async function nextVersion(tx: Sql): Promise<number> {
  await execute(tx, 'UPDATE risk_list_version SET version = version + 1 WHERE id = 1');
  const [row] = await selectRows<{ version: number }>(tx, 'SELECT version FROM risk_list_version WHERE id = 1');
  return Number(row?.version);
}

async function find(tx: Sql, { kind, subject }: RiskSubject): Promise<RiskListing | undefined> {
  const [row] = await selectRows<Omit<RiskListing, 'kind' | 'subject'>>(
    tx,
    `SELECT reason, listed_by AS listedBy, listed_at_ms AS listedAtMs, expires_at_ms AS expiresAtMs
     FROM risk_list WHERE kind = ? AND subject = ? FOR UPDATE`,
    [kind, subject],
  );
  return row && { kind: kind satisfies RiskKind, subject, ...row };
}

async function keep(tx: Sql, { kind, subject, ...rest }: RiskListing, version: number): Promise<void> {
  await execute(tx, 'DELETE FROM risk_list WHERE kind = ? AND subject = ?', [kind, subject]);
  const { reason, listedBy, listedAtMs, expiresAtMs } = rest;
  await insertRows(tx, 'risk_list', COLUMNS, [[kind, subject, reason, listedBy, listedAtMs, expiresAtMs, version]]);
}

interface Deed {
  readonly version: number;
  readonly action: 'LIST' | 'UNLIST';
  readonly reason: string;
  readonly by: string;
  readonly nowMs: number;
}

async function audit(tx: Sql, deed: Deed, { kind, subject, expiresAtMs }: RiskListing): Promise<void> {
  const { version, action, reason, by, nowMs } = deed;
  await insertRows(
    tx,
    'risk_list_audit',
    ['version', 'kind', 'subject', 'action', 'reason', 'done_by', 'done_at_ms', 'expires_at_ms'],
    [[version, kind, subject, action, reason, by, nowMs, expiresAtMs]],
  );
}
