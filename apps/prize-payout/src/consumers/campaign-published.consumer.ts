import { PoisonMessage, type ReceivedEvent } from '@floodgate/adapters/kafka';
import { type CampaignPublishedV1, type PoolSpec, Settlement } from '@floodgate/contracts';
import { t0Of } from '@floodgate/domain/degradation-plan';
import { fundPools, type PublishedCampaign } from '@floodgate/domain/prize-payout';
import { type EntityManager } from 'typeorm';
import { type MysqlPayoutStore } from '../adapters/mysql-payout-store';
import { amountOf } from './amount';

/** Funds the pools of published campaigns, and notes when their moment is. */
export function takePublishedCampaigns(store: MysqlPayoutStore) {
  return async (events: readonly ReceivedEvent<CampaignPublishedV1>[], tx: EntityManager): Promise<void> => {
    for (const { message } of events) await fundPools(store.bookIn(tx), toPublished(message));
  };
}

function toPublished({ campaign, campaignId, eventId }: CampaignPublishedV1): PublishedCampaign {
  if (campaign?.timeline === undefined) throw new PoisonMessage(`event ${eventId} has no timeline`);
  const { opensAtMs, splitAtMs, settleByMs } = campaign.timeline;
  return {
    eventId,
    campaignId,
    t0Ms: t0Of({ opensAtMs: Number(opensAtMs), splitAtMs: Number(splitAtMs) }),
    settleByMs: Number(settleByMs),
    pools: campaign.pools.filter(isPaidOut).map(({ poolId, packets }) => ({
      poolId,
      totalFen: amountOf(packets?.totalFen ?? '0', 0, eventId),
    })),
  };
}

const isPaidOut = ({ settlement }: PoolSpec): boolean => settlement === Settlement.SETTLEMENT_PAYOUT;
