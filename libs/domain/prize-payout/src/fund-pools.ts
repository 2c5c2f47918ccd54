import { fen, type Fen } from '@floodgate/kernel';
import { ACCOUNTS, type Transfer } from './ledger';
import { type KnownCampaign, type PayoutBook } from './ports';

/** A pool whose units are paid out. */
export interface FundedPool {
  readonly poolId: string;
  /** 0 funds nothing: whatever is granted from it opens a case. */
  readonly totalFen: Fen;
}

export interface PublishedCampaign extends KnownCampaign {
  readonly eventId: string;
  readonly pools: readonly FundedPool[];
}

/** Moves each pool's money from the sponsor to the pool, once for each pool however often the event arrives. */
export async function fundPools(book: PayoutBook, campaign: PublishedCampaign): Promise<void> {
  const { campaignId, eventId, pools } = campaign;
  await book.rememberCampaign(campaign);
  const funding = pools.map(({ poolId, totalFen }) => ({
    account: ACCOUNTS.pool(campaignId, poolId),
    totalFen,
    transferId: `fund:${campaignId}:${poolId}`,
  }));
  const done = await book.existingTransfers(funding.map(({ transferId }) => transferId));
  const open = funding.filter(({ transferId }) => !done.has(transferId));
  const transfers = open
    .filter(({ totalFen }) => totalFen > 0)
    .map(({ account, totalFen, transferId }): Transfer => ({
      transferId,
      debitAccount: ACCOUNTS.sponsor(),
      creditAccount: account,
      amountFen: totalFen,
      kind: 'FUND',
      campaignId,
      causationId: eventId,
    }));
  await book.appendTransfers(transfers);
  for (const { account, totalFen } of open) await book.openAccount(account, fen(totalFen));
}
