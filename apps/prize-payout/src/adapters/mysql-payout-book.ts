import { execute, insertRows, placeholders, selectRows } from '@floodgate/adapters/mysql';
import {
  type Account,
  type KnownCampaign,
  type Payout,
  type PayoutBook,
  type PayoutCase,
  type PayoutHappening,
  type Transfer,
} from '@floodgate/domain/prize-payout';
import { type Clock, fen, type Fen, type IdSource } from '@floodgate/kernel';
import { type EntityManager } from 'typeorm';
import { enqueueCases, enqueueHappenings } from './payout-events';
import { type PayoutRow, SELECT_PAYOUTS, toPayout } from './payout-rows';

export interface MysqlPayoutBookOptions {
  readonly clock: Clock;
  readonly ids: IdSource;
  /** The schema of the append-only ledger, on the same server. */
  readonly ledgerSchema: string;
}

/** Ledger, payouts and cases in MySQL, within the transaction `tx`. */
export class MysqlPayoutBook implements PayoutBook {
  constructor(
    private readonly tx: EntityManager,
    private readonly options: MysqlPayoutBookOptions,
  ) {}

  existingTransfers(transferIds: readonly string[]): Promise<ReadonlySet<string>> {
    return this.existing(this.transfers, 'transfer_id', transferIds);
  }

  /** The primary key is the last wall against the same transfer twice. */
  async appendTransfers(transfers: readonly Transfer[]): Promise<void> {
    const nowMs = this.options.clock.nowMs();
    await insertRows(
      this.tx,
      this.transfers,
      [
        'transfer_id',
        'debit_account',
        'credit_account',
        'amount_fen',
        'kind',
        'campaign_id',
        'causation_id',
        'created_at_ms',
      ],
      transfers.map((t) => [
        t.transferId,
        t.debitAccount,
        t.creditAccount,
        t.amountFen,
        t.kind,
        t.campaignId,
        t.causationId,
        nowMs,
      ]),
    );
  }

  async openAccount(account: Account, balanceFen: Fen): Promise<void> {
    await execute(
      this.tx,
      'INSERT INTO account_balances (account, balance_fen) VALUES (?, ?) ON DUPLICATE KEY UPDATE account = account',
      [account, balanceFen],
    );
  }

  async lockBalances(accounts: readonly Account[]): Promise<Map<Account, Fen>> {
    if (accounts.length === 0) return new Map();
    const rows = await selectRows<{ account: Account; balanceFen: number }>(
      this.tx,
      `SELECT account, balance_fen AS balanceFen FROM account_balances
       WHERE account IN (${placeholders(accounts)}) ORDER BY account FOR UPDATE`,
      accounts,
    );
    return new Map(rows.map((row) => [row.account, fen(row.balanceFen)]));
  }

  async saveBalances(balances: ReadonlyMap<Account, Fen>): Promise<void> {
    for (const [account, balanceFen] of balances) {
      await execute(this.tx, 'UPDATE account_balances SET balance_fen = ? WHERE account = ?', [balanceFen, account]);
    }
  }

  existingPayouts(payoutIds: readonly string[]): Promise<ReadonlySet<string>> {
    return this.existing('payouts', 'payout_id', payoutIds);
  }

  async insertPayouts(payouts: readonly Payout[], nowMs: number): Promise<void> {
    await insertRows(
      this.tx,
      'payouts',
      [
        'payout_id',
        'campaign_id',
        'pool_id',
        'unit_no',
        'generation',
        'grab_id',
        'user_id',
        'amount_fen',
        'state',
        'attempts',
        'asks',
        'due_at_ms',
        'booked_at_ms',
      ],
      payouts.map((p) => [
        p.payoutId,
        p.campaignId,
        p.poolId,
        p.unitNo,
        p.generation,
        p.grabId,
        p.userId,
        p.amountFen,
        p.state,
        p.attempts,
        p.asks,
        p.state === 'BOOKED' ? nowMs : null,
        nowMs,
      ]),
    );
  }

  async lockPayouts(payoutIds: readonly string[]): Promise<Payout[]> {
    if (payoutIds.length === 0) return [];
    const rows = await selectRows<PayoutRow>(
      this.tx,
      `${SELECT_PAYOUTS} WHERE payout_id IN (${placeholders(payoutIds)}) ORDER BY payout_id FOR UPDATE`,
      payoutIds,
    );
    return rows.map(toPayout);
  }

  async markSettled(payoutIds: readonly string[]): Promise<void> {
    await this.mark(payoutIds, 'SETTLED', undefined);
  }

  async markFailed(payoutIds: readonly string[], retryAtMs: number | undefined): Promise<void> {
    await this.mark(payoutIds, 'FAILED', retryAtMs);
  }

  async openCases(cases: readonly PayoutCase[], nowMs: number): Promise<void> {
    const open = await this.existing(
      'cases',
      'case_id',
      cases.map(({ caseId }) => caseId),
    );
    const fresh = cases.filter(({ caseId }) => !open.has(caseId));
    await insertRows(
      this.tx,
      'cases',
      ['case_id', 'kind', 'campaign_id', 'evidence', 'state', 'opened_at_ms'],
      fresh.map((one) => [one.caseId, one.kind, one.campaignId, one.evidence, 'OPEN', nowMs]),
    );
    await enqueueCases(this.tx, fresh, nowMs, this.options.ids);
  }

  async rememberCampaign({ campaignId, t0Ms, settleByMs }: KnownCampaign): Promise<void> {
    await execute(
      this.tx,
      `INSERT INTO campaigns (campaign_id, t0_ms, settle_by_ms) VALUES (?, ?, ?)
       ON DUPLICATE KEY UPDATE campaign_id = campaign_id`,
      [campaignId, t0Ms, settleByMs],
    );
  }

  async announce(happenings: readonly PayoutHappening[]): Promise<void> {
    await enqueueHappenings(this.tx, happenings, this.options.clock.nowMs(), this.options.ids);
  }

  private get transfers(): string {
    return `${this.options.ledgerSchema}.transfers`;
  }

  private async mark(payoutIds: readonly string[], state: Payout['state'], dueAtMs: number | undefined): Promise<void> {
    if (payoutIds.length === 0) return;
    await execute(
      this.tx,
      `UPDATE payouts SET state = ?, due_at_ms = ?, asks = 0 WHERE payout_id IN (${placeholders(payoutIds)})`,
      [state, dueAtMs ?? null, ...payoutIds],
    );
  }

  /** Not a locking read: the ledger's grant allows none, and the offset's or the payout's lock is held already. */
  private async existing(table: string, column: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const rows = await selectRows<{ id: string }>(
      this.tx,
      `SELECT ${column} AS id FROM ${table} WHERE ${column} IN (${placeholders(ids)})`,
      ids,
    );
    return new Set(rows.map((row) => row.id));
  }
}
