import { setTimeout as sleep } from 'node:timers/promises';
import { type CampaignSpec, type FloodgateClient, publishByTwo } from '@floodgate/client';
import { StackTrouble } from '@floodgate/tools/stack';

/**
 * - sale: its T0 has just been.
 * - sale-ahead: one for each run, with T0 three seconds after the first come.
 * - sale-later: its T0 is an hour away.
 * - split: a card split with tasks and cards, some minutes before its T0, and so in tier 1.
 */
export type CampaignKind = 'sale' | 'sale-ahead' | 'sale-later' | 'split';

export const POOL = 'units';
export const TASK = 'sign-in';
/** What one person is paid in a card split, in fen. */
export const PACKET_FEN = 100;

const STOCK = 100_000;
const SHARDS = 2;
const PRICE_FEN = 100;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const READY_MS_MAX = 60_000;
const LOOK_EVERY_MS = 100;
/** Publishing takes a second or so; T0 must not be over before. */
const PUBLISHING_MS = 3_000;
/** And so does putting a plan into force. */
const PREPARING_MS = 4_000;
/** People come to a `sale-ahead` so long before its T0. */
export const AHEAD_MS = 3_000;

export interface Campaign {
  readonly campaignId: string;
  readonly t0Ms: number;
}

const T0_IN_MS: Readonly<Record<CampaignKind, number>> = {
  sale: PUBLISHING_MS,
  'sale-ahead': PUBLISHING_MS + PREPARING_MS + AHEAD_MS,
  'sale-later': HOUR_MS,
  split: 4 * MINUTE_MS,
};

/** Publishes a campaign, as two operators must; returns when people can take part in it, of a `sale` when it is open. */
export async function publishCampaign(
  author: FloodgateClient,
  approver: FloodgateClient,
  campaignId: string,
  kind: CampaignKind,
): Promise<Campaign> {
  const nowMs = Date.now();
  const t0Ms = nowMs + T0_IN_MS[kind];
  const spec = kind === 'split' ? split(campaignId, nowMs, t0Ms) : sale(campaignId, nowMs, t0Ms);
  const published = await publishByTwo(author, approver, spec);
  if (published.outcome !== 'OK') {
    throw new StackTrouble(`The drill's campaign was refused: ${JSON.stringify(published)}`);
  }
  await untilTrue(`the pools of ${campaignId} are loaded`, async () => {
    const seen = await author.getCampaign(campaignId);
    return seen.outcome === 'OK' && seen.ready;
  });
  await untilTrue(`the gateway knows ${campaignId}`, async () => (await author.venue(campaignId)).outcome === 'OK');
  if (kind === 'split') {
    const knowsCards = async () => (await author.cards(campaignId)).outcome === 'OK';
    await untilTrue(`card-collection knows ${campaignId}`, knowsCards);
  }
  if (kind === 'sale') await sleep(Math.max(0, t0Ms - Date.now()));
  return { campaignId, t0Ms };
}

function sale(campaignId: string, warmUpAtMs: number, opensAtMs: number): CampaignSpec {
  const closesAtMs = opensAtMs + HOUR_MS;
  return {
    campaignId,
    kind: 'TIMED_SALE',
    titleZh: '演练',
    titleEn: 'Drill',
    timeline: { warmUpAtMs, opensAtMs, closesAtMs, settleByMs: closesAtMs },
    pools: [
      {
        poolId: POOL,
        stock: STOCK,
        shards: SHARDS,
        settlement: 'ORDER',
        price: { priceFen: PRICE_FEN, payWithinMs: HOUR_MS },
      },
    ],
  };
}

function split(campaignId: string, opensAtMs: number, splitAtMs: number): CampaignSpec {
  const card = (cardId: string) => ({ cardId, nameZh: cardId, nameEn: cardId, weight: 1, budget: STOCK });
  return {
    campaignId,
    kind: 'CARD_SPLIT',
    titleZh: '演练',
    titleEn: 'Drill',
    timeline: {
      warmUpAtMs: opensAtMs,
      opensAtMs,
      qualifyUntilMs: splitAtMs,
      splitAtMs,
      closesAtMs: splitAtMs + HOUR_MS,
      settleByMs: splitAtMs + 2 * HOUR_MS,
    },
    cards: [card('dragon'), card('phoenix')],
    tasks: [{ taskId: TASK, nameZh: '签到', nameEn: 'Sign in', draws: 1 }],
    pools: [
      {
        poolId: POOL,
        stock: STOCK,
        shards: SHARDS,
        settlement: 'PAYOUT',
        packets: { mode: 'EQUAL', totalFen: STOCK * PACKET_FEN },
      },
    ],
  };
}

/** @throws StackTrouble after a minute. */
export async function untilTrue(what: string, probe: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + READY_MS_MAX;
  while (!(await probe())) {
    if (performance.now() > giveUpAt) {
      throw new StackTrouble(`Waited ${READY_MS_MAX / 1_000} s in vain until ${what}.`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}
