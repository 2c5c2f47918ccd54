import { insertRows, placeholders, selectRows, type Sql } from '@floodgate/adapters/mysql';
import { type Card, type CardCampaign, type CardCampaigns } from '@floodgate/domain/card-collection';
import { LRUCache } from 'lru-cache';
import { type DataSource } from 'typeorm';

const CACHED_MAX = 1_000;

/** Published campaigns in MySQL. They never change, so all but the minted counts is read once and then kept in memory. */
export class MysqlCardCampaigns implements CardCampaigns {
  private readonly known = new LRUCache<string, CardCampaign>({ max: CACHED_MAX });

  constructor(private readonly dataSource: DataSource) {}

  async find(campaignId: string): Promise<CardCampaign | undefined> {
    const known = this.known.get(campaignId);
    if (known) return known;
    const [row] = await selectRows<{ opensAtMs: number; qualifyUntilMs: number }>(
      this.dataSource,
      'SELECT opens_at_ms AS opensAtMs, qualify_until_ms AS qualifyUntilMs FROM campaigns WHERE campaign_id = ?',
      [campaignId],
    );
    if (row === undefined) return undefined;
    const cards = await this.cards(campaignId);
    const campaign = { campaignId, ...row, cardIds: cards.map((card) => card.cardId) };
    this.known.set(campaignId, campaign);
    return campaign;
  }

  async cards(campaignId: string): Promise<Card[]> {
    return selectRows<Card>(
      this.dataSource,
      'SELECT card_id AS cardId, weight, budget, minted FROM cards WHERE campaign_id = ? ORDER BY position',
      [campaignId],
    );
  }
}

export interface NewCardCampaign extends Omit<CardCampaign, 'cardIds'> {
  readonly cards: readonly Omit<Card, 'minted'>[];
}

/** Keeps campaigns with their cards; one that is kept already stays as it is. */
export async function addCardCampaigns(tx: Sql, campaigns: readonly NewCardCampaign[]): Promise<void> {
  const byId = new Map(campaigns.map((campaign) => [campaign.campaignId, campaign]));
  if (byId.size === 0) return;
  const ids = [...byId.keys()];
  const kept = await selectRows<{ campaignId: string }>(
    tx,
    `SELECT campaign_id AS campaignId FROM campaigns WHERE campaign_id IN (${placeholders(ids)})`,
    ids,
  );
  for (const { campaignId } of kept) byId.delete(campaignId);
  const added = [...byId.values()];
  await insertRows(
    tx,
    'campaigns',
    ['campaign_id', 'opens_at_ms', 'qualify_until_ms'],
    added.map(({ campaignId, opensAtMs, qualifyUntilMs }) => [campaignId, opensAtMs, qualifyUntilMs]),
  );
  await insertRows(
    tx,
    'cards',
    ['campaign_id', 'card_id', 'position', 'weight', 'budget'],
    added.flatMap(({ campaignId, cards }) =>
      cards.map(({ cardId, weight, budget }, position) => [campaignId, cardId, position, weight, budget]),
    ),
  );
}
