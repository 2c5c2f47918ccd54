import { type Fen } from '@floodgate/kernel';
import { ACCOUNTS, type Transfer } from './ledger';
import { type PayoutBook } from './ports';

/** An order whose price the channel has collected. */
export interface PaidOrder {
  readonly orderId: string;
  readonly campaignId: string;
  readonly priceFen: Fen;
}

/** Books each order's price as the merchant's income, once however often the event arrives. A price of nothing books nothing. */
export async function bookIncome(book: PayoutBook, orders: readonly PaidOrder[]): Promise<void> {
  const byId = new Map(
    orders.filter(({ priceFen }) => priceFen > 0).map((order) => [`income:${order.orderId}`, order]),
  );
  const done = await book.existingTransfers([...byId.keys()]);
  const fresh = [...byId].filter(([transferId]) => !done.has(transferId));
  await book.appendTransfers(
    fresh.map(([transferId, { orderId, campaignId, priceFen }]): Transfer => ({
      transferId,
      debitAccount: ACCOUNTS.channel(),
      creditAccount: ACCOUNTS.merchant(campaignId),
      amountFen: priceFen,
      kind: 'INCOME',
      campaignId,
      causationId: orderId,
    })),
  );
}
