import { secretCommitment } from '@floodgate/domain/packets';
import { type Campaign, type CampaignSpec, type PoolSpec } from './campaign';
import { sealPools } from './seal-pools';

export const AUTHOR_SECRET = 'a'.repeat(64);
export const APPROVER_SECRET = 'b'.repeat(64);

export const draftOf = (spec: CampaignSpec): Campaign => ({
  ...spec,
  state: 'DRAFT',
  approverCommitment: undefined,
  seals: [],
});

export const publishedOf = (spec: CampaignSpec): Campaign => ({
  ...spec,
  state: 'PUBLISHED',
  approverCommitment: secretCommitment(APPROVER_SECRET),
  seals: sealPools(spec, { authorSecret: AUTHOR_SECRET, approverSecret: APPROVER_SECRET }),
});

/** A card split that is right in every field: opens at 2000, qualifies until 3000, splits at 4000, closes at 5000. */
export function cardSplit(changes: Partial<CampaignSpec> = {}): CampaignSpec {
  return {
    campaignId: 'spring',
    kind: 'CARD_SPLIT',
    titleZh: '集五福',
    titleEn: 'Five cards',
    timeline: {
      warmUpAtMs: 1_000,
      opensAtMs: 2_000,
      qualifyUntilMs: 3_000,
      splitAtMs: 4_000,
      closesAtMs: 5_000,
      settleByMs: 6_000,
    },
    cards: [
      { cardId: 'luck', nameZh: '福', nameEn: 'Luck', weight: 9, budget: 1_000 },
      { cardId: 'joy', nameZh: '喜', nameEn: 'Joy', weight: 1, budget: 10 },
    ],
    tasks: [{ taskId: 'sign-in', nameZh: '签到', nameEn: 'Sign in', draws: 2 }],
    pools: [packetPool()],
    authorCommitment: secretCommitment(AUTHOR_SECRET),
    ...changes,
  };
}

export function packetPool(changes: Partial<PoolSpec> = {}): PoolSpec {
  return {
    poolId: 'cash',
    stock: 100,
    shards: 4,
    strategy: 'SHARDED_COUNTERS',
    settlement: 'PAYOUT',
    sharePerQualified: false,
    packets: { mode: 'RANDOM', totalFen: 10_000, minFen: 1, maxFen: 500, levels: [] },
    price: undefined,
    ...changes,
  };
}

/** A timed sale that is right in every field: opens at 2000, closes at 5000. */
export function timedSale(changes: Partial<CampaignSpec> = {}): CampaignSpec {
  return {
    ...cardSplit(),
    campaignId: 'sale',
    kind: 'TIMED_SALE',
    timeline: {
      warmUpAtMs: 1_000,
      opensAtMs: 2_000,
      qualifyUntilMs: undefined,
      splitAtMs: undefined,
      closesAtMs: 5_000,
      settleByMs: 6_000,
    },
    cards: [],
    tasks: [],
    authorCommitment: undefined,
    pools: [
      packetPool({
        poolId: 'phone',
        settlement: 'ORDER',
        packets: undefined,
        price: { priceFen: 199_900, payWithinMs: 300_000 },
      }),
    ],
    ...changes,
  };
}
