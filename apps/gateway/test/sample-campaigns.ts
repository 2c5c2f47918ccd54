import { Campaign, CampaignKind, CampaignState, PacketMode, Settlement } from '@floodgate/contracts';

const HOUR_MS = 3_600_000;

interface Times {
  /** T0 is so long ago; negative: it is still to come. */
  readonly openForMs: number;
  readonly closesInMs?: number;
}

/** A card split with one pool, `packets`. */
export function cardSplit(campaignId: string, { openForMs, closesInMs = HOUR_MS }: Times): Campaign {
  const t0Ms = Date.now() - openForMs;
  return Campaign.fromPartial({
    ...head(campaignId, CampaignKind.CAMPAIGN_KIND_CARD_SPLIT),
    timeline: {
      warmUpAtMs: String(t0Ms - 2 * HOUR_MS),
      opensAtMs: String(t0Ms - HOUR_MS),
      qualifyUntilMs: String(t0Ms - 1_000),
      splitAtMs: String(t0Ms),
      closesAtMs: String(Date.now() + closesInMs),
      settleByMs: String(Date.now() + 2 * HOUR_MS),
    },
    cards: [{ cardId: 'card-1', nameZh: '福', nameEn: 'Luck', weight: 1, budget: 100 }],
    tasks: [{ taskId: 'task-1', nameZh: '签到', nameEn: 'Sign in', draws: 3 }],
    pools: [
      {
        poolId: 'packets',
        stock: 10,
        shards: 2,
        settlement: Settlement.SETTLEMENT_PAYOUT,
        packets: {
          mode: PacketMode.PACKET_MODE_EQUAL,
          totalFen: '2500',
          minFen: '250',
          maxFen: '250',
          // Activity tells neither; were it to, nobody else must be told.
          seed: 'secret-seed',
          authorSecret: 'secret-seed',
          commitment: 'c'.repeat(64),
        },
      },
    ],
  });
}

/** A sale with one pool, `phones`. */
export function timedSale(campaignId: string, { openForMs, closesInMs = HOUR_MS }: Times): Campaign {
  const opensAtMs = Date.now() - openForMs;
  return Campaign.fromPartial({
    ...head(campaignId, CampaignKind.CAMPAIGN_KIND_TIMED_SALE),
    timeline: {
      warmUpAtMs: String(opensAtMs - HOUR_MS),
      opensAtMs: String(opensAtMs),
      closesAtMs: String(Date.now() + closesInMs),
      settleByMs: String(Date.now() + 2 * HOUR_MS),
    },
    pools: [
      {
        poolId: 'phones',
        stock: 10,
        shards: 2,
        settlement: Settlement.SETTLEMENT_ORDER,
        price: { priceFen: '9900', payWithinMs: '300000' },
      },
    ],
  });
}

function head(campaignId: string, kind: CampaignKind) {
  return { campaignId, kind, state: CampaignState.CAMPAIGN_STATE_PUBLISHED, titleZh: '活动', titleEn: 'Campaign' };
}
