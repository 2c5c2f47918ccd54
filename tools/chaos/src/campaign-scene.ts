import { setTimeout as sleep } from 'node:timers/promises';
import { type CampaignPublishedV1, type OrderExpiredV1, TOPICS } from '@floodgate/contracts';
import { auditSchedule } from './audit/audit-schedule';
import { AUDITED_TOPICS, gatherEvidence, type ScheduleEvidence, type TopicOffsets } from './audit/evidence';
import { publishedEvent, publishedPools } from './campaign';
import { type GrabRouter } from './load/grab-router';
import { type Told } from './load/told';
import { type PoolPlan } from './plan/load-plan';
import { endsOf } from './servers/kafka-slices';
import { waitFor } from './servers/wait';
import { type ChaosWorld } from './world';

const READY_MS_MAX = 60_000;
const RETRY_MS = 100;

/** One campaign in a world: published, its orders expired, and audited at the end from what the stores say. */
export class CampaignScene {
  readonly published: CampaignPublishedV1;
  /** Every order-expired event so far. */
  readonly expired: OrderExpiredV1[] = [];
  private isGivenUp = false;

  private constructor(
    private readonly world: ChaosWorld,
    readonly campaignId: string,
    readonly pools: readonly PoolPlan[],
    /** Where the topics stood before the campaign. */
    readonly from: TopicOffsets,
  ) {
    this.published = publishedEvent({ campaignId, pools });
  }

  /** Publishes the campaign and returns when every instance serves it. */
  static async publish(
    world: ChaosWorld,
    campaignId: string,
    pools: readonly PoolPlan[],
    router: GrabRouter,
  ): Promise<CampaignScene> {
    const scene = new CampaignScene(world, campaignId, pools, await offsetsOf(world));
    await world.publisher.publish(TOPICS.campaignPublished, [{ key: 'chaos', message: scene.published }]);
    await waitFor(`${campaignId} to be served`, READY_MS_MAX, async () => {
      const described = await router.describe(campaignId);
      return described.every((list) => list.length === pools.length && list.every(({ ready }) => ready));
    });
    return scene;
  }

  /** From now on no broker is waited for: the campaign is not judged any more, and what comes late would be in the next one's way. */
  giveUp(): void {
    this.isGivenUp = true;
  }

  /** Says that the order of a grant has expired, as an outbox would: until the broker has it. */
  async expire({ poolId, userId, grabId, unitNo }: Told): Promise<void> {
    const { campaignId } = this;
    const message: OrderExpiredV1 = {
      eventId: `expired-${campaignId}-${grabId}`,
      occurredAtMs: String(Date.now()),
      campaignId,
      causationId: grabId,
      userId,
      orderId: `order-${grabId}`,
      poolId,
      unitNo,
      generation: 0,
      grabId,
      priceFen: '100',
    };
    while (!this.isGivenUp) {
      try {
        await this.world.publisher.publish(TOPICS.orderExpired, [{ key: userId, message }]);
        this.expired.push(message);
        return;
      } catch {
        await sleep(RETRY_MS);
      }
    }
  }

  /** What the stores hold of this campaign, and what is wrong with it, as sentences. Call it when everything is recorded. */
  async audit(people: {
    readonly told: readonly Told[];
    readonly ended: readonly Told[];
  }): Promise<{ readonly wrong: readonly string[] } & Pick<ScheduleEvidence, 'trace' | 'evidence'>> {
    const pools = publishedPools(this.published);
    const found = await gatherEvidence(this.world, this.campaignId, pools, this.from, await offsetsOf(this.world));
    try {
      return { wrong: await auditSchedule(found, people), trace: found.trace, evidence: found.evidence };
    } finally {
      await found.evidence.snapshot.close();
    }
  }
}

async function offsetsOf(world: ChaosWorld): Promise<TopicOffsets> {
  const [stockLog, unitGranted, unitReleased] = await Promise.all(
    AUDITED_TOPICS.map((name) => endsOf(world.admin, TOPICS[name].name)),
  );
  if (!stockLog || !unitGranted || !unitReleased) throw new Error('a topic is missing');
  return { stockLog, unitGranted, unitReleased };
}
