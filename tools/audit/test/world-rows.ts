import { insertRows, type Sql, type SqlValue } from '@floodgate/adapters/mysql';
import { type Folded } from '@floodgate/adapters/stock-log';
import {
  AdmissionStrategy,
  Campaign,
  CampaignKind,
  CampaignState,
  PacketMode,
  PacketSpec,
  Settlement,
} from '@floodgate/contracts';
import { amountOf, type FoldedEntry, type Pool, registerChanges, type RegisterRow } from '@floodgate/domain/inventory';
import { type AuditSchemas } from '../src';
import { CASH, PEOPLE, PHONES } from './world-log';

type Insert = (table: string, rows: readonly Readonly<Record<string, SqlValue>>[]) => Promise<void>;

/** Everything that the apps would have written about the world's log by the time they are done. */
export async function insertWorld(sql: Sql, schemas: AuditSchemas, folded: readonly Folded[]): Promise<void> {
  const insert: Insert = (table, rows) =>
    insertRows(
      sql,
      table,
      Object.keys(rows[0] ?? {}),
      rows.map((row) => Object.values(row)),
    );
  const granted = grantsOf(folded);
  await insert(`${schemas.activity}.campaigns`, [CASH, PHONES].map(campaignRow));
  await insert(`${schemas.inventory}.unit_register`, granted.map(registerRow));
  await insertSale(insert, schemas, granted);
  await insertPayouts(insert, schemas, granted);
  await insert(`${schemas.ledger}.transfers`, transfers());
  const left = 600 - [0, 1, 2, 3, 4].reduce((sum, unitNo) => sum + amountOf(CASH, unitNo), 0);
  await insert(`${schemas.prizePayout}.account_balances`, [{ account: 'pool:split:cash', balance_fen: left }]);
  await insert(`${schemas.channel}.channel_entries`, channelEntries());
}

function grantsOf(folded: readonly Folded[]): RegisterRow[] {
  const entries = folded.flatMap(({ entry, state, effects }): FoldedEntry[] =>
    state.pool === undefined ? [] : [{ entry, pool: state.pool, effects }],
  );
  return [...registerChanges(entries).granted];
}

function campaignRow(pool: Pool) {
  const { campaignId, poolId, stock, shards, packets, price } = pool;
  const isSplit = packets !== undefined;
  const spec = Campaign.fromJSON({});
  const settlement = isSplit ? Settlement.SETTLEMENT_PAYOUT : Settlement.SETTLEMENT_ORDER;
  const poolSpec = {
    poolId,
    stock,
    shards,
    strategy: AdmissionStrategy.ADMISSION_STRATEGY_SHARDED_COUNTERS,
    settlement,
    sharePerQualified: false,
    packets:
      packets && PacketSpec.fromPartial({ mode: PacketMode.PACKET_MODE_RANDOM, totalFen: String(packets.totalFen) }),
    price: price && { priceFen: String(price.priceFen), payWithinMs: String(price.payWithinMs) },
  };
  const kind = isSplit ? CampaignKind.CAMPAIGN_KIND_CARD_SPLIT : CampaignKind.CAMPAIGN_KIND_TIMED_SALE;
  const campaign = { ...spec, campaignId, kind, state: CampaignState.CAMPAIGN_STATE_DRAFT, pools: [poolSpec] };
  return {
    campaign_id: campaignId,
    state: 'PUBLISHED',
    spec: JSON.stringify(Campaign.toJSON(campaign)),
    seals: JSON.stringify(
      packets === undefined
        ? []
        : [{ poolId, fixed: { stock, totalFen: packets.totalFen, commitment: packets.commitment } }],
    ),
    settle_by_ms: 10_000,
    created_by: 'operator',
    created_at_ms: 1,
  };
}

function registerRow(row: RegisterRow) {
  return {
    campaign_id: row.shard.campaignId,
    pool_id: row.shard.poolId,
    unit_no: row.unitNo,
    generation: row.generation,
    shard_no: row.shard.shardNo,
    user_id: row.userId,
    grab_id: row.grabId,
    qualification_id: row.qualificationId,
    amount_fen: row.amountFen,
    state: row.state,
    open_user_id: row.state === 'ended' ? null : row.userId,
    log_position: row.position,
    granted_at_ms: row.grantedAtMs,
    ended_at_ms: row.endedAtMs ?? null,
  };
}

const grantColumns = (row: RegisterRow) => ({
  campaign_id: row.shard.campaignId,
  pool_id: row.shard.poolId,
  unit_no: row.unitNo,
  generation: row.generation,
  grab_id: row.grabId,
  user_id: row.userId,
});

async function insertSale(insert: Insert, schemas: AuditSchemas, granted: readonly RegisterRow[]): Promise<void> {
  const states = new Map<string, string>([
    [PEOPLE.expired, 'EXPIRED'],
    [PEOPLE.closed, 'EXPIRED'],
    [PEOPLE.cancelled, 'CANCELLED'],
  ]);
  await insert(
    `${schemas.order}.orders`,
    granted
      .filter(({ pool }) => pool.settlement === 'order')
      .map((row) => ({
        order_id: `o-${row.userId}`,
        ...grantColumns(row),
        price_fen: row.amountFen,
        state: states.get(row.userId) ?? 'PAID',
        expires_at_ms: 5_000,
        created_at_ms: 3_000,
      })),
  );
  const payments = [
    [PEOPLE.second, 'COLLECTED'],
    [PEOPLE.paid, 'COLLECTED'],
    [PEOPLE.alsoPaid, 'COLLECTED'],
    [PEOPLE.cancelled, 'REFUNDED'],
    [PEOPLE.closed, 'CLOSED'],
  ] as const;
  await insert(
    `${schemas.order}.payments`,
    payments.map(([userId, state]) => ({
      order_id: `o-${userId}`,
      payment_id: `pay-${userId}`,
      state,
      checkouts: 1,
      asks: 0,
    })),
  );
}

async function insertPayouts(insert: Insert, schemas: AuditSchemas, granted: readonly RegisterRow[]): Promise<void> {
  const states = new Map<string, string>([
    [PEOPLE.failed, 'FAILED'],
    [PEOPLE.unsure, 'SENT'],
  ]);
  await insert(
    `${schemas.prizePayout}.payouts`,
    granted
      .filter(({ pool }) => pool.settlement === 'payout')
      .map((row) => ({
        payout_id: `p-${row.userId}`,
        ...grantColumns(row),
        amount_fen: row.amountFen,
        state: states.get(row.userId) ?? 'SETTLED',
        attempts: 1,
        asks: 0,
        booked_at_ms: 3_000,
      })),
  );
}

const PACKETS = [PEOPLE.settled, PEOPLE.alsoSettled, PEOPLE.withdrawn, PEOPLE.failed, PEOPLE.unsure];
const SETTLED = PACKETS.slice(0, 3);
const INCOME = [PEOPLE.second, PEOPLE.paid, PEOPLE.alsoPaid];

function transfers() {
  const transfer = (kind: string, id: string, debit: string, credit: string, amountFen: number, atMs: number) => ({
    transfer_id: id,
    debit_account: debit,
    credit_account: credit,
    amount_fen: amountFen,
    kind,
    campaign_id: kind === 'INCOME' ? 'sale' : 'split',
    causation_id: 'test',
    created_at_ms: atMs,
  });
  const pool = 'pool:split:cash';
  return [
    transfer('FUND', 'fund:split:cash', 'sponsor', pool, 600, 1_000),
    ...PACKETS.map((user, unitNo) =>
      transfer('BOOK', `book:p-${user}`, pool, `user:${user}`, amountOf(CASH, unitNo), 3_000),
    ),
    ...SETTLED.map((user, unitNo) =>
      transfer('SETTLE', `settle:p-${user}`, `user:${user}`, 'channel', amountOf(CASH, unitNo), 4_000),
    ),
    ...INCOME.map((user) => transfer('INCOME', `income:o-${user}`, 'channel', 'merchant:sale', 100, 4_000)),
  ];
}

function channelEntries() {
  const entry = (number: string, direction: string, userId: string, amountFen: number, state = 'DONE') => ({
    number,
    direction,
    user_id: userId,
    amount_fen: amountFen,
    state,
    attempts: 1,
    created_at_ms: 4_000,
  });
  return [
    ...SETTLED.map((user, unitNo) => entry(`p-${user}`, 'PAY', user, amountOf(CASH, unitNo))),
    entry(`p-${PEOPLE.failed}`, 'PAY', PEOPLE.failed, amountOf(CASH, 3), 'FAILED'),
    // Paid, and the answer was lost: it is asked for again.
    entry(`p-${PEOPLE.unsure}`, 'PAY', PEOPLE.unsure, amountOf(CASH, 4)),
    ...[...INCOME, PEOPLE.cancelled].map((user) => entry(`o-${user}`, 'COLLECT', user, 100)),
    entry(`o-${PEOPLE.cancelled}-refund`, 'REFUND', PEOPLE.cancelled, 100),
    entry(`o-${PEOPLE.closed}`, 'COLLECT', PEOPLE.closed, 100, 'CLOSED'),
  ];
}
