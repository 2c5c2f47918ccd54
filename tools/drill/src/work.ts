import { setTimeout as sleep } from 'node:timers/promises';
import { execute, inTransaction, insertRows, selectRows, type SqlValue } from '@floodgate/adapters/mysql';
import { Settlement, TOPICS, type UnitGrantedV1 } from '@floodgate/contracts';
import { PACKET_FEN, POOL, untilTrue } from './campaigns';
import { type Findings, type Load, type Scene } from './drill';

/** How often the database is asked what is done. */
const LOOK_EVERY_MS = 100;
/** Units of one run begin so far from those of another. */
const UNITS_A_RUN = 10_000;

/** Work that a service does by itself, told it all at once. */
export interface WorkOptions {
  readonly pieces: number;
  readonly lastsMs: number;
  readonly prepare?: Load['prepare'];
  readonly tell: (scene: Scene, pieces: number) => Promise<void>;
  /** A statement that counts what is done as `done`, and its values. */
  readonly done: (scene: Scene) => readonly [sql: string, values: readonly SqlValue[]];
  /** The same for calls of the payment channel. */
  readonly calls?: (scene: Scene) => readonly [sql: string, values: readonly SqlValue[]];
}

export function work(options: WorkOptions): Load {
  const { lastsMs, prepare } = options;
  return { kind: 'work', lastsMs, ...(prepare && { prepare }), run: (scene) => run(options, scene) };
}

async function run({ pieces, lastsMs, tell, done, calls }: WorkOptions, scene: Scene): Promise<Findings> {
  const { audit } = scene.world;
  const servedAtMs: number[] = [];
  let ownStatements = 0;
  const count = async ([sql, values]: ReturnType<WorkOptions['done']>) => {
    const [row] = await selectRows<{ done: string | number | null }>(audit, sql, values);
    ownStatements += 1;
    return Number(row?.done ?? 0);
  };
  await tell(scene, pieces);
  while (servedAtMs.length < pieces && performance.now() < scene.startedAt + lastsMs) {
    const now = await count(done(scene));
    while (servedAtMs.length < now) servedAtMs.push(performance.now());
    await sleep(LOOK_EVERY_MS);
  }
  await sleep(Math.max(0, scene.startedAt + lastsMs - performance.now()));
  const requests = calls === undefined ? 0 : await count(calls(scene));
  const waitsMs = servedAtMs.map((at) => at - scene.startedAt);
  return {
    people: pieces,
    requests,
    requestsAtMs: [],
    servedAtMs,
    waitsMs,
    less: 0,
    told: {},
    ownStatements,
    errors: {},
  };
}

const userOf = ({ runId }: Scene, no: number) => `${runId}-${no}`;
const qualificationOf = ({ runId }: Pick<Scene, 'runId'>, no: number) => `${runId}-q${no}`;
const like = ({ runId }: Scene) => `${runId}-%`;

/** Tells everybody who listens that so many people were granted a packet, as the recorder would. */
export async function grantPackets(scene: Scene, people: number): Promise<void> {
  const { world, campaignId, runNo } = scene;
  const messages = Array.from({ length: people }, (_, no): UnitGrantedV1 => {
    const unitNo = runNo * UNITS_A_RUN + no;
    const grabId = `grab-of-${userOf(scene, no)}`;
    return {
      eventId: `0:${unitNo}:0`,
      occurredAtMs: String(Date.now()),
      campaignId,
      causationId: grabId,
      userId: userOf(scene, no),
      poolId: POOL,
      unitNo,
      generation: 0,
      grabId,
      settlement: Settlement.SETTLEMENT_PAYOUT,
      amountFen: String(PACKET_FEN),
      payWithinMs: '0',
      qualificationId: qualificationOf(scene, no),
    };
  });
  await world.publisher.publish(
    TOPICS.unitGranted,
    messages.map((message) => ({ key: message.userId, message })),
  );
}

/** Tells that so many orders were paid. */
export async function payOrders(scene: Scene, orders: number): Promise<void> {
  const { world, campaignId } = scene;
  const events = Array.from({ length: orders }, (_, no) => {
    const userId = userOf(scene, no);
    const message = {
      eventId: `paid-${userId}`,
      occurredAtMs: String(Date.now()),
      campaignId,
      causationId: `payment-of-${userId}`,
      userId,
      orderId: userId,
      poolId: POOL,
      unitNo: no,
      generation: 0,
      grabId: `grab-of-${userId}`,
      priceFen: String(PACKET_FEN),
      paymentId: `payment-of-${userId}`,
    };
    return { key: userId, message };
  });
  await world.publisher.publish(TOPICS.orderPaid, events);
}

/** Waits until the campaign's pools have their money; what an earlier run left unpaid is not tried again by itself. */
export const untilFunded: NonNullable<Load['prepare']> = async ({ world, campaignId }) => {
  // Beside the service that claims them: a deadlock is tried again.
  await inTransaction(world.admin, (tx) =>
    execute(tx, "UPDATE fg_prize_payout.payouts SET due_at_ms = NULL WHERE state = 'FAILED' AND campaign_id = ?", [
      campaignId,
    ]),
  );
  await untilTrue(`the pools of ${campaignId} are funded`, async () => {
    const sql = 'SELECT campaign_id FROM fg_prize_payout.campaigns WHERE campaign_id = ?';
    return (await selectRows(world.audit, sql, [campaignId])).length > 0;
  });
};

/** So many people have qualified, for the packets that they are then granted. */
export const qualify =
  (people: number): NonNullable<Load['prepare']> =>
  async (scene) => {
    await untilFunded(scene);
    const { world, campaignId, runId } = scene;
    await insertRows(
      world.admin,
      'fg_activity.qualifications',
      ['qualification_id', 'campaign_id', 'user_id', 'pool_id', 'redemption_id', 'qualified_at_ms'],
      Array.from({ length: people }, (_, no) => [
        qualificationOf(scene, no),
        campaignId,
        `${runId}-${no}`,
        POOL,
        `redemption-${runId}-${no}`,
        Date.now(),
      ]),
    );
  };

export const bookedPayouts: WorkOptions['done'] = (scene) => [
  'SELECT COUNT(*) AS done FROM fg_prize_payout.payouts WHERE campaign_id = ? AND user_id LIKE ?',
  [scene.campaignId, like(scene)],
];

export const settledPayouts: WorkOptions['done'] = (scene) => [
  "SELECT COUNT(*) AS done FROM fg_prize_payout.payouts WHERE campaign_id = ? AND user_id LIKE ? AND state = 'SETTLED'",
  [scene.campaignId, like(scene)],
];

export const bookedIncome: WorkOptions['done'] = (scene) => [
  "SELECT COUNT(*) AS done FROM fg_ledger.transfers WHERE kind = 'INCOME' AND campaign_id = ? AND causation_id LIKE ?",
  [scene.campaignId, like(scene)],
];

export const spentQualifications: WorkOptions['done'] = (scene) => [
  `SELECT COUNT(*) AS done FROM fg_activity.qualifications
   WHERE campaign_id = ? AND qualification_id LIKE ? AND spent_at_ms IS NOT NULL`,
  [scene.campaignId, like(scene)],
];

export const channelCalls: WorkOptions['done'] = (scene) => [
  "SELECT SUM(attempts) AS done FROM fg_channel.channel_entries WHERE direction = 'PAY' AND user_id LIKE ?",
  [like(scene)],
];
