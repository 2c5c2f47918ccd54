import { type Clock } from '@floodgate/kernel';
import { CLOCK, Lifecycle, LOG, PeriodicJob } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Logger } from 'pino';
import { MysqlRedemptionCounts } from './adapters/mysql-redemption-counts';

const EVERY_MS = 1_000;

/** Counts the redemptions of campaigns whose time to qualify is over. */
@Injectable()
export class RedemptionCountJob implements OnApplicationBootstrap {
  private readonly job: PeriodicJob;

  constructor(
    counts: MysqlRedemptionCounts,
    private readonly lifecycle: Lifecycle,
    @Inject(CLOCK) clock: Clock,
    @Inject(LOG) log: Logger,
  ) {
    this.job = new PeriodicJob({
      name: 'count-redemptions',
      everyMs: EVERY_MS,
      round: async () => {
        await counts.countDue(clock.nowMs());
        return false;
      },
      log,
    });
  }

  onApplicationBootstrap(): void {
    this.lifecycle.onStop(() => this.job.stop());
    this.job.start();
  }
}
