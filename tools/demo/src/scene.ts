import { type Plan, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';

/** The compressed timeline of one run, in milliseconds from its start, and what is at stake. */
export interface Scene {
  readonly runId: string;
  readonly startMs: number;
  /** T0 of the card split. */
  readonly splitAtMs: number;
  /** T0 of the timed sale. */
  readonly saleOpensAtMs: number;
  readonly packets: number;
  readonly saleUnits: number;
  /** The entry is released over so long before T0. */
  readonly releaseMs: number;
  /** People's clients spread their first grabs over so long after T0. */
  readonly spreadMs: number;
  /** An order not paid within this time expires, and its unit goes back on sale. */
  readonly payWithinMs: number;
}

/** What this machine takes, as the rehearsal has shown. */
export interface Pace {
  /** People who go through tasks, draws and redemption. */
  readonly visitsPerSecond: number;
  /** Requests of such visits, which are dearer than a grab. */
  readonly requestsPerSecond: number;
}

export interface SceneOptions {
  readonly users: number;
  /** Packets of the card split. */
  readonly units: number;
  readonly pace: Pace;
  /** T0 is put off by so much, for people to get through in spite of something that goes wrong on the way. */
  readonly delayMs?: number;
}

export const CASH_POOL = 'cash';
export const SALE_POOL = 'phone';
export const TASKS = ['sign-in', 'share'] as const;

/** Tier 1 begins before the entry is released and lasts on after the rush; five minutes each in the reference plan. */
const TIER1_BEFORE_RELEASE_MS = 2_000;
const TIER1_AFTER_RUSH_MS = 8_000;
/** One minute in the reference plan. */
const RELEASE_MS_MIN = 4_000;
const RELEASE_MS_MAX = 30_000;
/** A client spreads its first grab over so long after T0. */
const SPREAD_MS_MIN = 800;
const SPREAD_MS_MAX = 10_000;
const RAMP_MS = 3_000;
const SALE_AFTER_RUSH_MS = 4_000;
const SPLIT_CLOSES_AFTER_MS = 60_000;
const SALE_LASTS_PAY_TIMES = 9;
const SETTLE_WITHIN_MS = 600_000;
/** Five minutes on a real day; more than this where the crowd is more than the machine takes in so short a time. */
const PAY_WITHIN_MS_MIN = 5_000;
const PAY_WITHIN_MS_MAX = 30_000;
const LEAD_MS_MIN = 20_000;
/** On a machine that is busy with something else, rather leave people behind than wait for ever. */
const LEAD_MS_MAX = 25_000;
const LEAD_MS_MAX_PER_USER = 40;
/** The last to come need a while until they are through; and the machine may be slower than in the rehearsal. */
const ARRIVALS_SHARE = 0.8;
const PACKET_FEN_MEAN = 888;
const SALE_PRICE_FEN = 199_900;
const SHARDS = 4;

export const splitId = ({ runId }: Scene) => `${runId}-split`;
export const saleId = ({ runId }: Scene) => `${runId}-sale`;

/** From here on sets count no more and people gather at the gate; tier 1 begins. */
export const gatherAtMs = ({ splitAtMs, releaseMs }: Scene) => splitAtMs - releaseMs - TIER1_BEFORE_RELEASE_MS;

/** The split's tier 1, by itself. */
export const tier1Of = (scene: Scene) => ({
  fromMs: gatherAtMs(scene),
  untilMs: scene.splitAtMs + scene.spreadMs + TIER1_AFTER_RUSH_MS,
});

/** When people may come and do tasks: after the opening, and early enough before the end to get through. */
export const lastArrivalMs = (scene: Scene) => scene.startMs + (gatherAtMs(scene) - scene.startMs) * ARRIVALS_SHARE;

/** T0 is some 20 s away, later, within bounds, when it takes longer until everyone has been through the tasks. */
export function planScene(runId: string, startMs: number, { users, units, pace, delayMs = 0 }: SceneOptions): Scene {
  const requestsMs = (users / pace.requestsPerSecond) * 1_000;
  const releaseMs = Math.ceil(clamp(requestsMs / 2, RELEASE_MS_MIN, RELEASE_MS_MAX));
  const spreadMs = Math.ceil(clamp(requestsMs / 3, SPREAD_MS_MIN, SPREAD_MS_MAX));
  const visitsMs = ((users / pace.visitsPerSecond) * 1_000) / ARRIVALS_SHARE;
  const leadMsMax = LEAD_MS_MAX + users * LEAD_MS_MAX_PER_USER;
  const leadMs = clamp(visitsMs + releaseMs + TIER1_BEFORE_RELEASE_MS, LEAD_MS_MIN, leadMsMax);
  const splitAtMs = startMs + Math.ceil(leadMs) + delayMs;
  return {
    runId,
    startMs,
    splitAtMs,
    saleOpensAtMs: splitAtMs + spreadMs + SALE_AFTER_RUSH_MS,
    packets: units,
    saleUnits: Math.max(1, Math.round(units / 4)),
    releaseMs,
    spreadMs,
    payWithinMs: Math.ceil(clamp(requestsMs, PAY_WITHIN_MS_MIN, PAY_WITHIN_MS_MAX)),
  };
}

const clamp = (value: number, min: number, max: number) => Math.min(max, Math.max(min, value));

/** The body of POST /admin/campaigns for the card split. */
export function cardSplit(scene: Scene, users: number) {
  const card = (cardId: string, nameZh: string, nameEn: string, weight: number) => {
    return { cardId, nameZh, nameEn, weight, budget: users * 10 };
  };
  return {
    campaignId: splitId(scene),
    kind: 'CARD_SPLIT' as const,
    titleZh: '集卡瓜分',
    titleEn: 'Card split',
    timeline: {
      warmUpAtMs: scene.startMs,
      opensAtMs: scene.startMs,
      qualifyUntilMs: gatherAtMs(scene),
      splitAtMs: scene.splitAtMs,
      closesAtMs: scene.splitAtMs + SPLIT_CLOSES_AFTER_MS,
      settleByMs: scene.splitAtMs + SETTLE_WITHIN_MS,
    },
    cards: [card('dragon', '龙', 'Dragon', 3), card('phoenix', '凤', 'Phoenix', 3), card('koi', '锦鲤', 'Koi', 2)],
    tasks: [
      { taskId: TASKS[0], nameZh: '签到', nameEn: 'Sign in', draws: 4 },
      { taskId: TASKS[1], nameZh: '分享', nameEn: 'Share', draws: 4 },
    ],
    pools: [
      {
        poolId: CASH_POOL,
        stock: scene.packets,
        shards: Math.min(SHARDS, scene.packets),
        settlement: 'PAYOUT' as const,
        packets: {
          mode: 'RANDOM' as const,
          totalFen: scene.packets * PACKET_FEN_MEAN,
          minFen: 1,
          maxFen: PACKET_FEN_MEAN * 4,
        },
      },
    ],
  };
}

/** The body of POST /admin/campaigns for the timed sale. */
export function timedSale(scene: Scene, lastsMs = scene.payWithinMs * SALE_LASTS_PAY_TIMES) {
  const closesAtMs = scene.saleOpensAtMs + lastsMs;
  return {
    campaignId: saleId(scene),
    kind: 'TIMED_SALE' as const,
    titleZh: '限时秒杀',
    titleEn: 'Timed sale',
    timeline: {
      warmUpAtMs: scene.startMs,
      opensAtMs: scene.saleOpensAtMs,
      closesAtMs,
      settleByMs: closesAtMs + SETTLE_WITHIN_MS,
    },
    cards: [],
    tasks: [],
    pools: [
      {
        poolId: SALE_POOL,
        stock: scene.saleUnits,
        shards: Math.min(SHARDS, scene.saleUnits),
        settlement: 'ORDER' as const,
        price: { priceFen: SALE_PRICE_FEN, payWithinMs: scene.payWithinMs },
      },
    ],
  };
}

export const DEMO_PLAN_TITLE = 'demo: the reference plan, minutes made seconds';

/** The reference plan with its minutes made seconds, and a cap on the grab that this crowd meets and this machine takes. */
export function demoPlan({ releaseMs, spreadMs }: Scene, users: number, { requestsPerSecond }: Pace): Plan {
  const cap = Math.round(Math.max(CAP_MIN, Math.min(users * CAP_PER_USER, requestsPerSecond * GRABS_PER_REQUEST)));
  const { normal, tier1, tier2, tier3 } = REFERENCE_PLAN;
  return {
    ...REFERENCE_PLAN,
    title: DEMO_PLAN_TITLE,
    rampDownMs: RAMP_MS,
    normal: { ...normal, pollIntervalMs: 500 },
    tier1: {
      ...tier1,
      beforeMs: releaseMs + TIER1_BEFORE_RELEASE_MS,
      afterMs: spreadMs + TIER1_AFTER_RUSH_MS,
      entry: { ...tier1.entry, offsetMs: -releaseMs, releaseOverMs: releaseMs },
      caps: { venue: null, qualification: null, grab: cap },
      pollIntervalMs: 500,
    },
    tier2: { ...tier2, serverDrop: { ...tier2.serverDrop, windowMs: 2_000 }, pollIntervalMs: 1_000 },
    tier3: { clientDrop: { ...tier3.clientDrop, windowMs: 2_000 }, pollIntervalMs: 1_000 },
  };
}

const CAP_MIN = 100;
const CAP_PER_USER = 0.8;
/** A grab is cheaper than a request of a visit by about so much. */
const GRABS_PER_REQUEST = 4;
