import { ConsumerPace, type Log, type PaceLimit, strictestPace } from '@floodgate/adapters/kafka';
import { type PlanTimeline, type SlowedConsumer } from '@floodgate/domain/degradation-plan';
import { PeriodicJob } from './periodic-job';
import { type PlanFollower } from './plan-follower';

export interface PlannedPaceParts {
  readonly plan: Pick<PlanFollower, 'policyFor' | 'snapshot'>;
  /** Campaigns that are not settled yet. */
  readonly campaigns: () => Promise<readonly PlanTimeline[]>;
  readonly log: Pick<Log, 'warn'>;
}

const CAMPAIGNS_EVERY_MS = 1_000;

/**
 * How fast the plan lets consumers go that can wait. They share their database with every campaign's moment, so the strictest that the plan says for any
 * campaign that is not settled holds for all.
 */
export class PlannedPace {
  private campaigns: readonly PlanTimeline[] | undefined;
  private readonly job: PeriodicJob;

  constructor(private readonly parts: PlannedPaceParts) {
    this.job = new PeriodicJob({
      name: 'campaigns that slow consumers',
      everyMs: CAMPAIGNS_EVERY_MS,
      round: async () => {
        await this.refresh();
        return false;
      },
      log: parts.log,
    });
  }

  /** Resolves when the campaigns are known, or cannot be read yet. */
  async start(): Promise<void> {
    await this.refresh().catch((err: unknown) => {
      this.parts.log.warn({ err }, 'campaigns that slow consumers are not known yet');
    });
    this.job.start();
  }

  stop(): Promise<void> {
    return this.job.stop();
  }

  of(consumer: SlowedConsumer): ConsumerPace {
    return new ConsumerPace(() => this.limitOf(consumer));
  }

  /** What holds now. */
  limitOf(consumer: SlowedConsumer): PaceLimit {
    const { plan } = this.parts;
    const { normal, tier1 } = plan.snapshot.plan;
    // It may be any campaign's moment.
    if (this.campaigns === undefined) return strictestPace([normal.consumers[consumer], tier1.consumers[consumer]]);
    return strictestPace([
      normal.consumers[consumer],
      ...this.campaigns.map((campaign) => plan.policyFor(campaign).consumers[consumer]),
    ]);
  }

  private async refresh(): Promise<void> {
    this.campaigns = await this.parts.campaigns();
  }
}
