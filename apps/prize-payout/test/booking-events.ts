import {
  AdmissionStrategy,
  CampaignKind,
  type CampaignPublishedV1,
  CampaignState,
  type OrderPaidV1,
  PacketMode,
  PacketSpec,
  type PoolSpec,
  Settlement,
  type UnitGrantedV1,
} from '@floodgate/contracts';

const pool = (poolId: string, more: Partial<PoolSpec>): PoolSpec => ({
  poolId,
  stock: 10,
  shards: 1,
  strategy: AdmissionStrategy.ADMISSION_STRATEGY_SHARDED_COUNTERS,
  settlement: Settlement.SETTLEMENT_PAYOUT,
  sharePerQualified: false,
  packets: undefined,
  price: undefined,
  ...more,
});

export const published = (campaignId: string): CampaignPublishedV1 => ({
  eventId: `published-${campaignId}`,
  occurredAtMs: '1',
  campaignId,
  causationId: 'op',
  operatorId: 'op',
  campaign: {
    campaignId,
    kind: CampaignKind.CAMPAIGN_KIND_CARD_SPLIT,
    state: CampaignState.CAMPAIGN_STATE_PUBLISHED,
    titleZh: '瓜分',
    titleEn: 'Split',
    timeline: {
      warmUpAtMs: '1',
      opensAtMs: '2',
      qualifyUntilMs: '3',
      splitAtMs: '4',
      closesAtMs: '5',
      settleByMs: '6',
    },
    cards: [],
    tasks: [],
    authorCommitment: '',
    approverCommitment: '',
    pools: [
      pool('cash', {
        packets: PacketSpec.fromPartial({ mode: PacketMode.PACKET_MODE_EQUAL, totalFen: '2000' }),
      }),
      pool('empty', {}),
      pool('goods', { settlement: Settlement.SETTLEMENT_ORDER, price: { priceFen: '990', payWithinMs: '1000' } }),
    ],
  },
});

export const granted = (campaignId: string, unitNo: number, more: Partial<UnitGrantedV1> = {}): UnitGrantedV1 => ({
  eventId: `0:${unitNo}:0`,
  occurredAtMs: '1',
  campaignId,
  causationId: `g${unitNo}`,
  userId: `u${unitNo}`,
  poolId: 'cash',
  unitNo,
  generation: 0,
  grabId: `g${unitNo}`,
  settlement: Settlement.SETTLEMENT_PAYOUT,
  amountFen: '100',
  payWithinMs: '0',
  qualificationId: 'q',
  ...more,
});

export const paid = (orderId: string, priceFen = '990'): OrderPaidV1 => ({
  eventId: `paid-${orderId}`,
  occurredAtMs: '1',
  campaignId: 'sale',
  causationId: 'pay1',
  userId: 'u1',
  orderId,
  poolId: 'goods',
  unitNo: 0,
  generation: 0,
  grabId: 'g1',
  priceFen,
  paymentId: 'pay1',
});
