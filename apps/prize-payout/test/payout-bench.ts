import { channelMigrations, type ChannelFaults, FakeChannel, NO_FAULTS } from '@floodgate/adapters/fake-channel';
import { placeholders, selectRows } from '@floodgate/adapters/mysql';
import {
  bookPayouts,
  type ChasePorts,
  fundPools,
  type GrantedPacket,
  type PayoutChannel,
} from '@floodgate/domain/prize-payout';
import { type Clock, fen, type Fen } from '@floodgate/kernel';
import { createTestDatabase, MemoryLog, type TestDatabase } from '@floodgate/testing';
import { v7 } from 'uuid';
import { MysqlPayoutStore } from '../src/adapters/mysql-payout-store';
import { payoutIdOf } from '../src/adapters/payout-id';
import { ledgerMigrations, prizePayoutMigrations } from '../src/migrations';

export const ASK_AFTER_MS = 10_000;
export const REISSUE_AFTER_MS = 10_000;

/** Real databases of one suite, a channel, and a clock that only moves when told to. */
export class PayoutBench {
  readonly log = new MemoryLog();
  readonly ids = { next: () => v7() };
  nowMs = 1_000_000;
  readonly clock: Clock = { nowMs: () => this.nowMs };
  readonly store: MysqlPayoutStore;
  private units = 0;
  private campaigns = 0;

  private constructor(
    readonly database: TestDatabase,
    readonly ledger: TestDatabase,
    readonly channelDatabase: TestDatabase,
  ) {
    this.store = this.newStore();
  }

  static async open(): Promise<PayoutBench> {
    const database = await createTestDatabase(prizePayoutMigrations);
    const ledger = await createTestDatabase(ledgerMigrations);
    return new PayoutBench(database, ledger, await createTestDatabase(channelMigrations));
  }

  async close(): Promise<void> {
    for (const database of [this.database, this.ledger, this.channelDatabase]) await database.drop();
  }

  newStore(): MysqlPayoutStore {
    return new MysqlPayoutStore(this.database.dataSource, {
      clock: this.clock,
      ids: this.ids,
      ledgerSchema: this.ledger.name,
    });
  }

  channel(faults: Partial<ChannelFaults> = {}): FakeChannel {
    return new FakeChannel(this.channelDatabase.dataSource, this.log, { ...NO_FAULTS, ...faults });
  }

  ports(channel: PayoutChannel, more: Partial<ChasePorts> = {}): ChasePorts {
    const { store, clock } = this;
    const limits = { max: 50, attemptsMax: 99, asksMax: 99 };
    return { store, clock, channel, askAfterMs: ASK_AFTER_MS, reissueAfterMs: REISSUE_AFTER_MS, ...limits, ...more };
  }

  /** A campaign of its own with one funded pool. */
  async fund(totalFen: Fen): Promise<string> {
    const campaignId = `c${++this.campaigns}`;
    const pools = [{ poolId: 'p1', totalFen }];
    await this.store.inTransaction((book) =>
      fundPools(book, { campaignId, eventId: v7(), t0Ms: 0, settleByMs: this.nowMs + 1, pools }),
    );
    return campaignId;
  }

  grant(campaignId: string, amountFen = fen(100)): GrantedPacket {
    const position = { campaignId, poolId: 'p1', unitNo: this.units++, generation: 0 };
    const eventId = v7();
    return { ...position, eventId, payoutId: payoutIdOf(position), grabId: v7(), userId: `u${this.units}`, amountFen };
  }

  /** Books `count` packets of 100 fen out of a pool that holds exactly that, each at an instant of its own. */
  async booked(count: number): Promise<GrantedPacket[]> {
    const campaignId = await this.fund(fen(count * 100));
    const grants = Array.from({ length: count }, () => this.grant(campaignId));
    for (const grant of grants) {
      this.nowMs += 1;
      await this.store.inTransaction((book) => bookPayouts(book, [grant], this.nowMs));
    }
    return grants;
  }

  /** How many payouts of a campaign are in each state. */
  async states(campaignId: string): Promise<Record<string, number>> {
    const sql = 'SELECT state, COUNT(*) AS n FROM payouts WHERE campaign_id = ? GROUP BY state';
    const rows = await selectRows<{ state: string; n: string }>(this.database.dataSource, sql, [campaignId]);
    return Object.fromEntries(rows.map(({ state, n }) => [state, Number(n)]));
  }

  /** What the ledger says of an account. */
  async balanceFen(account: string): Promise<number> {
    const [row] = await selectRows<{ balance: string }>(
      this.ledger.dataSource,
      `SELECT COALESCE(SUM(CASE WHEN credit_account = ? THEN amount_fen WHEN debit_account = ? THEN -amount_fen END), 0) AS balance
       FROM transfers`,
      [account, account],
    );
    return Number(row?.balance);
  }

  /** What is kept beside the ledger to guard a pool. */
  async guardedFen(account: string): Promise<number> {
    const sql = 'SELECT balance_fen AS balance FROM account_balances WHERE account = ?';
    const [row] = await selectRows<{ balance: number }>(this.database.dataSource, sql, [account]);
    return Number(row?.balance);
  }

  async transfers(kind: string): Promise<number> {
    const sql = 'SELECT COUNT(*) AS n FROM transfers WHERE kind = ?';
    const [row] = await selectRows<{ n: string }>(this.ledger.dataSource, sql, [kind]);
    return Number(row?.n);
  }

  /** What the channel says it has paid under these numbers. */
  async paidFen(numbers: readonly string[]): Promise<number> {
    const [row] = await selectRows<{ paid: string }>(
      this.channelDatabase.dataSource,
      `SELECT COALESCE(SUM(amount_fen), 0) AS paid FROM channel_entries WHERE state = 'DONE' AND number IN (${placeholders(numbers)})`,
      numbers,
    );
    return Number(row?.paid);
  }

  /** What the channel says it has paid under any number at all. */
  async paidInAllFen(): Promise<number> {
    const sql = "SELECT COALESCE(SUM(amount_fen), 0) AS paid FROM channel_entries WHERE state = 'DONE'";
    const [row] = await selectRows<{ paid: string }>(this.channelDatabase.dataSource, sql);
    return Number(row?.paid);
  }

  async events(topic: string): Promise<number> {
    const sql = 'SELECT COUNT(*) AS n FROM outbox WHERE topic = ?';
    const [row] = await selectRows<{ n: string }>(this.database.dataSource, sql, [topic]);
    return Number(row?.n);
  }

  async cases(kind: string): Promise<string[]> {
    const sql = 'SELECT case_id AS caseId FROM cases WHERE kind = ? ORDER BY case_id';
    return (await selectRows<{ caseId: string }>(this.database.dataSource, sql, [kind])).map(({ caseId }) => caseId);
  }
}

/** What fails waits for the re-issue job. */
export const QUEUED = { queued: () => Promise.resolve(true) };

/** Refuses each of these numbers the first time, and counts calls by number. */
export function refusingOnce(channel: PayoutChannel, numbers: ReadonlySet<string>) {
  const left = new Set(numbers);
  return counted({
    query: (number) => channel.query(number),
    pay: (number, userId, amountFen) =>
      left.delete(number) ? Promise.resolve('failure' as const) : channel.pay(number, userId, amountFen),
  });
}

/** The channel, counting how often it is told to pay under each number. */
export function counted(channel: PayoutChannel): PayoutChannel & { readonly calls: ReadonlyMap<string, number> } {
  const calls = new Map<string, number>();
  return {
    calls,
    pay(number, userId, amountFen) {
      calls.set(number, (calls.get(number) ?? 0) + 1);
      return channel.pay(number, userId, amountFen);
    },
    query: (number) => channel.query(number),
  };
}

/** The channel, with a process that dies before it is told to pay, or before it hears the answer. */
export function killedAt(moment: 'before' | 'after', channel: PayoutChannel): PayoutChannel {
  return {
    async pay(number, userId, amountFen) {
      if (moment === 'after') await channel.pay(number, userId, amountFen);
      throw new Error(`killed ${moment} the channel's answer`);
    },
    query: (number) => channel.query(number),
  };
}
