import {
  type ChasePorts,
  chasePayouts,
  type PayoutChannel,
  type PayoutPlan,
  reissuePayouts,
  sendPayouts,
} from '@floodgate/domain/prize-payout';
import { type Clock } from '@floodgate/kernel';
import { CLOCK, Lifecycle, LOG, Metrics, PeriodicJob } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Logger } from 'pino';
import { MysqlPayoutStore } from './adapters/mysql-payout-store';
import { type PrizePayoutConfig } from './config';
import { CHANNEL, CONFIG, PLAN } from './tokens';

/** What this service does by itself: hands booked payouts to the channel, asks about silent ones, re-issues failed ones. */
@Injectable()
export class PayoutJobs implements OnApplicationBootstrap {
  constructor(
    private readonly store: MysqlPayoutStore,
    private readonly lifecycle: Lifecycle,
    private readonly metrics: Metrics,
    @Inject(CHANNEL) private readonly channel: PayoutChannel,
    @Inject(PLAN) private readonly plan: PayoutPlan,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: PrizePayoutConfig,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    const { config } = this;
    const ports: ChasePorts = {
      store: this.store,
      channel: this.channel,
      clock: this.clock,
      askAfterMs: config.PAYOUT_ASK_AFTER_MS,
      max: config.PAYER_BATCH_MAX,
      reissueAfterMs: config.REISSUE_AFTER_MS,
      attemptsMax: config.PAYOUT_ATTEMPTS_MAX,
      asksMax: config.PAYOUT_ASKS_MAX,
    };
    const handled = this.metrics.counter('payouts_handled_total', 'Payouts taken up, by job', ['job']);
    const run = (job: string, everyMs: number, round: () => Promise<number>) =>
      this.run(job, everyMs, async () => {
        const taken = await round();
        handled.inc({ job }, taken);
        return taken === ports.max;
      });
    run('send', config.PAYER_POLL_EVERY_MS, () => sendPayouts(ports, this.plan));
    run('chase', config.PAYOUT_CHASE_EVERY_MS, () => chasePayouts(ports));
    run('reissue', config.REISSUE_POLL_EVERY_MS, () => reissuePayouts(ports, this.plan));
  }

  private run(name: string, everyMs: number, round: () => Promise<boolean>): void {
    const job = new PeriodicJob({ name: `${name} payouts`, everyMs, round, log: this.log });
    this.lifecycle.onStop(() => job.stop());
    job.start();
  }
}
