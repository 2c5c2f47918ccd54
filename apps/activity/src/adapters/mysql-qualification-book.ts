import { enqueueEvents } from '@floodgate/adapters/kafka';
import { insertRows, selectRows, type Sql } from '@floodgate/adapters/mysql';
import { type NewQualification, type QualificationBook, type UserOfCampaign } from '@floodgate/domain/activity';
import { type Clock, type IdSource } from '@floodgate/kernel';
import { type ActivityStreams } from '../streams';

/** Qualifications within one transaction: rows and user-qualified are there together, or neither is. */
export class MysqlQualificationBook implements QualificationBook {
  constructor(
    private readonly tx: Sql,
    private readonly ids: IdSource,
    private readonly clock: Clock,
    private readonly streams: ActivityStreams,
  ) {}

  async qualified(users: readonly UserOfCampaign[]): Promise<UserOfCampaign[]> {
    if (users.length === 0) return [];
    return selectRows<UserOfCampaign>(
      this.tx,
      `SELECT campaign_id AS campaignId, user_id AS userId FROM qualifications
       WHERE (campaign_id, user_id) IN (${users.map(() => '(?, ?)').join(', ')})`,
      users.flatMap(({ campaignId, userId }) => [campaignId, userId]),
    );
  }

  async add(added: readonly NewQualification[]): Promise<void> {
    await insertRows(
      this.tx,
      'qualifications',
      ['qualification_id', 'campaign_id', 'user_id', 'pool_id', 'redemption_id', 'qualified_at_ms'],
      added.map(({ qualification: q }) => [
        q.qualificationId,
        q.campaignId,
        q.userId,
        q.poolId,
        q.redemptionId,
        q.qualifiedAtMs,
      ]),
    );
    const occurredAtMs = String(this.clock.nowMs());
    await enqueueEvents(
      this.tx,
      this.streams.topics.userQualified,
      added.map(({ qualification: { qualificationId, campaignId, userId, poolId }, causationId }) => ({
        key: userId,
        message: { eventId: this.ids.next(), occurredAtMs, campaignId, causationId, userId, qualificationId, poolId },
      })),
    );
  }
}
