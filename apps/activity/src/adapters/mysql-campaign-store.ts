import { enqueueEvents } from '@floodgate/adapters/kafka';
import { execute, insertRows, inTransaction, isDuplicateKey, selectRows } from '@floodgate/adapters/mysql';
import { Campaign as CampaignMessage } from '@floodgate/contracts';
import {
  type Approval,
  type Campaign,
  type CampaignSpec,
  type CampaignStore,
  type CampaignWithSecrets,
} from '@floodgate/domain/activity';
import { type IdSource } from '@floodgate/kernel';
import { LRUCache } from 'lru-cache';
import { type DataSource } from 'typeorm';
import { toCampaignMessage, toSealedMessage } from '../campaign-message';
import { type ActivityStreams } from '../streams';
import { CAMPAIGN_COLUMNS, campaignOf, type CampaignRow } from './campaign-rows';

interface SecretsRow {
  authorId: string;
  approverId: string | null;
  authorSecret: string | null;
  approverSecret: string | null;
}

const CACHED_MAX = 1_000;

/** Campaigns in MySQL. What cannot change any more is read once and then answered from memory. */
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
      `SELECT ${CAMPAIGN_COLUMNS} FROM campaigns WHERE campaign_id = ?`,
      [campaignId],
    );
    return row && this.read(row);
  }

  async findWithSecrets(campaignId: string): Promise<CampaignWithSecrets | undefined> {
    const [row] = await selectRows<CampaignRow & SecretsRow>(
      this.dataSource,
      `SELECT ${CAMPAIGN_COLUMNS}, created_by AS authorId, approved_by AS approverId, author_secret AS authorSecret,
              approver_secret AS approverSecret
       FROM campaigns WHERE campaign_id = ?`,
      [campaignId],
    );
    if (row === undefined) return undefined;
    const campaign = this.read(row);
    const { authorCommitment, approverCommitment } = campaign;
    return {
      campaign,
      secrets: {
        authorId: row.authorId,
        authorCommitment,
        authorSecret: row.authorSecret ?? undefined,
        approverId: row.approverId ?? undefined,
        approverCommitment,
        approverSecret: row.approverSecret ?? undefined,
      },
    };
  }

  async addDraft(spec: CampaignSpec, operatorId: string, nowMs: number): Promise<boolean> {
    const draft: Campaign = { ...spec, state: 'DRAFT', approverCommitment: undefined, seals: [] };
    const json = JSON.stringify(CampaignMessage.toJSON(toCampaignMessage(draft)));
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

  async approve({ campaignId, approverId, commitment }: Approval, nowMs: number): Promise<boolean> {
    const changed = await execute(
      this.dataSource,
      `UPDATE campaigns SET approved_by = ?, approver_commitment = ?, approved_at_ms = ?
       WHERE campaign_id = ? AND state = 'DRAFT' AND approved_by IS NULL`,
      [approverId, commitment, nowMs, campaignId],
    );
    return changed > 0;
  }

  async keepSecret(campaignId: string, whose: 'author' | 'approver', secret: string): Promise<void> {
    const column = whose === 'author' ? 'author_secret' : 'approver_secret';
    await execute(this.dataSource, `UPDATE campaigns SET ${column} = ? WHERE campaign_id = ? AND state = 'DRAFT'`, [
      secret,
      campaignId,
    ]);
  }

  async publish(campaign: Campaign, operatorId: string, nowMs: number): Promise<boolean> {
    const { campaignId } = campaign;
    return inTransaction(this.dataSource, async (tx) => {
      const changed = await execute(
        tx,
        `UPDATE campaigns SET state = 'PUBLISHED', seals = ?, shares_open = ?, published_by = ?, published_at_ms = ?
         WHERE campaign_id = ? AND state = 'DRAFT'`,
        [JSON.stringify(campaign.seals), !isFinal(campaign), operatorId, nowMs, campaignId],
      );
      if (changed === 0) return false;
      const message = {
        eventId: this.ids.next(),
        occurredAtMs: String(nowMs),
        campaignId,
        causationId: campaignId,
        operatorId,
        campaign: toSealedMessage(campaign),
      };
      await enqueueEvents(tx, this.streams.topics.campaignPublished, [{ key: operatorId, message }]);
      return true;
    });
  }

  async listPublished(nowMs: number): Promise<Campaign[]> {
    const rows = await selectRows<CampaignRow>(
      this.dataSource,
      `SELECT ${CAMPAIGN_COLUMNS} FROM campaigns
       WHERE state = 'PUBLISHED' AND settle_by_ms >= ? ORDER BY settle_by_ms, campaign_id`,
      [nowMs],
    );
    return rows.map((row) => this.published.get(row.campaignId) ?? this.read(row));
  }

  private read(row: CampaignRow): Campaign {
    const campaign = campaignOf(row);
    if (isFinal(campaign)) this.published.set(row.campaignId, campaign);
    return campaign;
  }
}

/** Published, and no packets are still to be fixed: from now on it never changes. */
function isFinal({ state, seals }: Campaign): boolean {
  return state === 'PUBLISHED' && seals.every(({ fixed }) => fixed !== undefined);
}
