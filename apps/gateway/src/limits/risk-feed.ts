import { activityV1 } from '@floodgate/contracts';
import { type Clock } from '@floodgate/kernel';
import { callUnary, CLOCK, Health, Lifecycle, LOG, Metrics, PeriodicJob } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Logger } from 'pino';
import { type Gauge } from 'prom-client';
import { type Config, CONFIG } from '../config';
import { Services } from '../services';
import { BlackList, type Listed } from './black-list';
import { FrequencyLimits } from './frequency-limits';
import { COUNTED, type Counted, DEFAULT_RULES, frequencyRules } from './frequency-rules';

/**
 * Follows activity's blacklist and frequency rules: asks what has changed since the version it knows. While activity is away what is known holds on, each
 * listing until its own end.
 */
@Injectable()
export class RiskFeed implements OnApplicationBootstrap {
  readonly list = new BlackList();
  readonly limits: FrequencyLimits;
  private version = 0n;
  private rulesVersion = 0n;
  private isKnown = false;
  private readonly job: PeriodicJob;
  private readonly listed: Gauge;

  constructor(
    private readonly services: Services,
    private readonly lifecycle: Lifecycle,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) config: Config,
    @Inject(LOG) private readonly log: Logger,
    metrics: Metrics,
    health: Health,
  ) {
    this.limits = new FrequencyLimits(config.FREQUENCY_RULES ?? DEFAULT_RULES[config.PROFILE]);
    this.listed = metrics.gauge(
      'blacklisted',
      'Users, networks and devices on the blacklist, as this gateway knows it.',
    );
    this.job = new PeriodicJob({
      name: 'blacklist',
      everyMs: config.RISK_POLL_EVERY_MS,
      round: () => this.poll(),
      log,
    });
    health.addNotice('blacklist', () => {
      if (!this.isKnown) throw new Error('activity has not told the blacklist yet');
    });
  }

  onApplicationBootstrap(): void {
    this.job.start();
    this.lifecycle.onStop(() => this.job.stop());
  }

  /** One question; true when more is to be had at once. */
  async poll(): Promise<boolean> {
    const { activity, hops } = this.services;
    const request = activityV1.GetRiskChangesRequest.fromPartial({ afterVersion: String(this.version) });
    const answer = await callUnary(activity, activity.getRiskChanges, request, hops.activity);
    const version = BigInt(answer.version);
    if (version < this.version) {
      // Only a database that was restored from an older copy goes back: all of it anew.
      this.log.error({ version: String(version), known: String(this.version) }, 'the blacklist has gone back');
      this.version = 0n;
      this.list.clear();
      return true;
    }
    const nowMs = this.clock.nowMs();
    this.list.take(answer.changes.flatMap(toListed), nowMs);
    this.list.sweep(nowMs);
    this.version = version;
    this.takeRules(BigInt(answer.rulesVersion), answer.rules);
    this.isKnown = true;
    this.listed.set(this.list.size);
    return answer.more;
  }

  private takeRules(version: bigint, rules: readonly activityV1.FrequencyRule[]): void {
    if (version === this.rulesVersion || version === 0n) return;
    const read = frequencyRules.safeParse(rules.map(({ api, by, perMs, max }) => ({ api, by, perMs, max })));
    if (read.success) this.limits.setRules(read.data);
    else
      this.log.error(
        { version: String(version), err: read.error },
        'frequency rules not understood, the old ones stay',
      );
    this.rulesVersion = version;
  }
}

function toListed({ kind, subject, expiresAtMs }: activityV1.RiskChange): Listed[] {
  // A kind of a later release is not this one's to enforce.
  return isCounted(kind) ? [{ kind, subject, expiresAtMs: Number(expiresAtMs) }] : [];
}

const isCounted = (kind: string): kind is Counted => (COUNTED as readonly string[]).includes(kind);
