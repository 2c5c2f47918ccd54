import { setTimeout as sleep } from 'node:timers/promises';
import { type FloodgateClient, type PoolCount } from '@floodgate/client';
import { CASH_POOL, SALE_POOL, saleId, type Scene, splitId } from './scene';
import { type StateCounts, type StoreReader } from './readings';

const SETTLE_MS_MAX = 90_000;
const LOOK_EVERY_MS = 300;

export interface StoresView {
  readonly packets: PoolCount | undefined;
  readonly saleUnits: PoolCount | undefined;
  readonly payouts: StateCounts;
  readonly orders: StateCounts;
  readonly incomes: number;
}

/**
 * What is still under way, in words; empty when every grant has led to settled money or a final order, and every paid
 * order is in the ledger.
 */
export function stillUnderWay({ packets, saleUnits, payouts, orders, incomes }: StoresView): string[] {
  if (packets === undefined || saleUnits === undefined) return ['inventory does not answer'];
  const under: string[] = [];
  const expect = (what: string, is: number, wanted: number) => {
    if (is !== wanted) under.push(`${what} ${is} of ${wanted}`);
  };
  expect('payouts settled', payouts['SETTLED'] ?? 0, packets.held);
  expect('orders not final', orders['PENDING'] ?? 0, 0);
  expect('units held by paid orders', orders['PAID'] ?? 0, saleUnits.held);
  expect('sales in the ledger', incomes, orders['PAID'] ?? 0);
  return under;
}

/**
 * Waits until the stores agree that everything has come to its end, and says what it waits for. Returns what was still
 * under way when its time was up; empty when all is quiet.
 */
export async function settle(
  operator: FloodgateClient,
  stores: StoreReader,
  scene: Scene,
  say: (waitingFor: string) => void,
): Promise<string[]> {
  const giveUpAtMs = Date.now() + SETTLE_MS_MAX;
  for (;;) {
    const under = stillUnderWay(await look(operator, stores, scene));
    if (under.length === 0 || Date.now() > giveUpAtMs) return under;
    say(under.join(', '));
    await sleep(LOOK_EVERY_MS);
  }
}

async function look(operator: FloodgateClient, stores: StoreReader, scene: Scene): Promise<StoresView> {
  const [packets, saleUnits, payouts, orders, incomes] = await Promise.all([
    countOf(operator, splitId(scene), CASH_POOL),
    countOf(operator, saleId(scene), SALE_POOL),
    stores.payoutStates(splitId(scene)),
    stores.orderStates(saleId(scene)),
    stores.incomes(saleId(scene)),
  ]);
  return { packets, saleUnits, payouts, orders, incomes };
}

/** A pool's units as inventory folds them; undefined while it does not answer. */
export async function countOf(
  operator: FloodgateClient,
  campaignId: string,
  poolId: string,
): Promise<PoolCount | undefined> {
  const result = await operator.getCampaign(campaignId);
  return result.outcome === 'OK' ? result.pools.find((pool) => pool.poolId === poolId) : undefined;
}
