import { enqueueEvents } from '@floodgate/adapters/kafka';
import { execute, insertRows, inTransaction, isDuplicateKey, selectRows } from '@floodgate/adapters/mysql';
import { Campaign as CampaignMessage } from '@floodgate/contracts';
import { type Campaign, type CampaignSpec, type CampaignStore } from '@floodgate/domain/activity';
import { type IdSource } from '@floodgate/kernel';
import { LRUCache } from 'lru-cache';
import { type DataSource } from 'typeorm';
import { fromCampaignMessage, toCampaignMessage } from '../campaign-message';
import { type ActivityStreams } from '../streams';

interface CampaignRow {
  campaignId: string;
  state: Campaign['state'];
  /** The campaign as canonical proto3 JSON. */
  spec: string;
}

const CACHED_MAX = 1_000;

/** Campaigns in MySQL. Published ones never change, so they are read once and then answered from memory. */
export class MysqlCampaignStore implements CampaignStore {
  private readonly published = new LRUCache<string, Campaign>({ max: CACHED_MAX });

  constructor(
    private readonly dataSource: DataSource,
    private readonly ids: IdSource,
    private readonly streams: ActivityStreams,
  ) {}

  async find(campaignId: string): Promise<Campaign | undefined> {
    const known = this.published.get(campaignId);
    if (known) return known;
    const [row] = await selectRows<CampaignRow>(
      this.dataSource,
      'SELECT campaign_id AS campaignId, state, spec FROM campaigns WHERE campaign_id = ?',
      [campaignId],
    );
    return row && this.read(row);
  }

  async addDraft(spec: CampaignSpec, operatorId: string, nowMs: number): Promise<boolean> {
    const json = JSON.stringify(CampaignMessage.toJSON(toCampaignMessage({ ...spec, state: 'DRAFT' })));
    try {
      await insertRows(
        this.dataSource,
        'campaigns',
        ['campaign_id', 'state', 'spec', 'settle_by_ms', 'created_by', 'created_at_ms'],
        [[spec.campaignId, 'DRAFT', json, spec.timeline.settleByMs, operatorId, nowMs]],
      );
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async publish(spec: CampaignSpec, operatorId: string, nowMs: number): Promise<boolean> {
    const { campaignId } = spec;
    return inTransaction(this.dataSource, async (tx) => {
      const changed = await execute(
        tx,
        `UPDATE campaigns SET state = 'PUBLISHED', published_by = ?, published_at_ms = ?
         WHERE campaign_id = ? AND state = 'DRAFT'`,
        [operatorId, nowMs, campaignId],
      );
      if (changed === 0) return false;
      const message = {
        eventId: this.ids.next(),
        occurredAtMs: String(nowMs),
        campaignId,
        causationId: campaignId,
        operatorId,
        campaign: toCampaignMessage({ ...spec, state: 'PUBLISHED' }),
      };
      await enqueueEvents(tx, this.streams.topics.campaignPublished, [{ key: operatorId, message }]);
      return true;
    });
  }

  async listPublished(nowMs: number): Promise<Campaign[]> {
    const rows = await selectRows<CampaignRow>(
      this.dataSource,
      `SELECT campaign_id AS campaignId, state, spec FROM campaigns
       WHERE state = 'PUBLISHED' AND settle_by_ms >= ? ORDER BY settle_by_ms, campaign_id`,
      [nowMs],
    );
    return rows.map((row) => this.published.get(row.campaignId) ?? this.read(row));
  }

  private read(row: CampaignRow): Campaign {
    const spec = fromCampaignMessage(CampaignMessage.fromJSON(JSON.parse(row.spec)));
    const campaign: Campaign = { ...spec, state: row.state };
    if (row.state === 'PUBLISHED') this.published.set(row.campaignId, campaign);
    return campaign;
  }
}
