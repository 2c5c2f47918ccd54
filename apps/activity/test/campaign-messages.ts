import {
  AdmissionStrategy,
  type Campaign,
  CampaignKind,
  CampaignState,
  PacketMode,
  Settlement,
  type Timeline,
} from '@floodgate/contracts';
import { secretCommitment } from '@floodgate/domain/packets';

export const HOUR_MS = 3_600_000;

export const AUTHOR_SECRET = 'a'.repeat(64);
export const APPROVER_SECRET = 'b'.repeat(64);

/** A card split that opened an hour ago, qualifies for an hour more and splits in two, unless the test says otherwise. */
export function cardSplitMessage(campaignId: string, instants: Partial<Record<keyof Timeline, number>> = {}): Campaign {
  const nowMs = Date.now();
  const atMs = {
    warmUpAtMs: nowMs - 2 * HOUR_MS,
    opensAtMs: nowMs - HOUR_MS,
    qualifyUntilMs: nowMs + HOUR_MS,
    splitAtMs: nowMs + 2 * HOUR_MS,
    closesAtMs: nowMs + 3 * HOUR_MS,
    settleByMs: nowMs + 4 * HOUR_MS,
    ...instants,
  };
  return {
    campaignId,
    kind: CampaignKind.CAMPAIGN_KIND_CARD_SPLIT,
    state: CampaignState.CAMPAIGN_STATE_UNSPECIFIED,
    titleZh: '集卡瓜分',
    titleEn: 'Card split',
    timeline: {
      warmUpAtMs: String(atMs.warmUpAtMs),
      opensAtMs: String(atMs.opensAtMs),
      qualifyUntilMs: String(atMs.qualifyUntilMs),
      splitAtMs: String(atMs.splitAtMs),
      closesAtMs: String(atMs.closesAtMs),
      settleByMs: String(atMs.settleByMs),
    },
    cards: [{ cardId: 'luck', nameZh: '福', nameEn: 'Luck', weight: 1, budget: 1_000 }],
    tasks: [{ taskId: 'sign-in', nameZh: '签到', nameEn: 'Sign in', draws: 2 }],
    authorCommitment: secretCommitment(AUTHOR_SECRET),
    approverCommitment: '',
    pools: [
      {
        poolId: 'cash',
        stock: 100,
        shards: 4,
        strategy: AdmissionStrategy.ADMISSION_STRATEGY_SHARDED_COUNTERS,
        settlement: Settlement.SETTLEMENT_PAYOUT,
        sharePerQualified: false,
        packets: {
          mode: PacketMode.PACKET_MODE_RANDOM,
          totalFen: '10000',
          minFen: '1',
          maxFen: '500',
          levels: [],
          seed: '',
          commitment: '',
          authorSecret: '',
          approverSecret: '',
        },
        price: undefined,
      },
    ],
  };
}

/** A timed sale that opens in an hour. */
export function saleMessage(campaignId: string): Campaign {
  const nowMs = Date.now();
  return {
    ...cardSplitMessage(campaignId),
    kind: CampaignKind.CAMPAIGN_KIND_TIMED_SALE,
    timeline: {
      warmUpAtMs: String(nowMs),
      opensAtMs: String(nowMs + HOUR_MS),
      qualifyUntilMs: '0',
      splitAtMs: '0',
      closesAtMs: String(nowMs + 2 * HOUR_MS),
      settleByMs: String(nowMs + 3 * HOUR_MS),
    },
    cards: [],
    tasks: [],
    authorCommitment: '',
    pools: [
      {
        poolId: 'phone',
        stock: 10,
        shards: 2,
        strategy: AdmissionStrategy.ADMISSION_STRATEGY_SHARDED_COUNTERS,
        settlement: Settlement.SETTLEMENT_ORDER,
        sharePerQualified: false,
        packets: undefined,
        price: { priceFen: '199900', payWithinMs: '300000' },
      },
    ],
  };
}
