import { FixShares } from '@floodgate/domain/activity';
import { Lifecycle, LOG, PeriodicJob } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Logger } from 'pino';

const EVERY_MS = 500;

/** Fixes the pools of one share for everyone qualified, as soon as they are counted. */
@Injectable()
export class ShareFixingJob implements OnApplicationBootstrap {
  private readonly job: PeriodicJob;
  private readonly told = new Set<string>();

  constructor(
    private readonly fixShares: FixShares,
    private readonly lifecycle: Lifecycle,
    @Inject(LOG) private readonly log: Logger,
  ) {
    this.job = new PeriodicJob({ name: 'fix-shares', everyMs: EVERY_MS, round: () => this.round(), log });
  }

  onApplicationBootstrap(): void {
    this.lifecycle.onStop(() => this.job.stop());
    this.job.start();
  }

  private async round(): Promise<boolean> {
    for (const campaignId of await this.fixShares.run()) {
      if (this.told.has(campaignId)) continue;
      this.told.add(campaignId);
      this.log.warn({ campaignId }, 'shares wait for redemptions that were counted and have not arrived');
    }
    return false;
  }
}
