import { type Log } from '@floodgate/adapters/kafka';
import { type PlanSnapshot } from '@floodgate/domain/degradation-plan';
import { type Clock } from '@floodgate/kernel';
import { type Acknowledgement, PeriodicJob } from '@floodgate/nest-kit';
import { type MysqlAcknowledgements } from './adapters/mysql-acknowledgements';
import { AHEAD_MAX, type MysqlPlanStore } from './adapters/mysql-plan-store';
import { type PolicyFiles } from './policy-files';
import { type PushResult, type RedisPlanChannel } from './adapters/redis-plan-channel';

export interface PlanDistributionOptions {
  readonly store: MysqlPlanStore;
  readonly channel: RedisPlanChannel;
  readonly files: PolicyFiles;
  readonly acknowledgements: MysqlAcknowledgements;
  readonly clock: Clock;
  readonly log: Log;
  readonly everyMs: number;
  readonly keepMs: number;
}

/** Gets the snapshot in force to Redis and keeps it there, whatever happens to Redis; fetches acknowledgements. */
export class PlanDistribution {
  private readonly job: PeriodicJob;
  private alarm = '';

  constructor(private readonly options: PlanDistributionOptions) {
    const { everyMs, log } = options;
    this.job = new PeriodicJob({
      name: 'plan distribution',
      everyMs,
      log,
      round: async () => {
        await this.keepPushed();
        await this.fetchAcknowledgements();
        return false;
      },
    });
  }

  start(): void {
    this.job.start();
  }

  async stop(): Promise<void> {
    await this.job.stop();
  }

  /**
   * Pushes at once what was just committed, and never before: what a follower has seen under a version must not be rolled back. Should Redis be away, the
   * job pushes it as soon as it is back.
   */
  async push(snapshot: PlanSnapshot): Promise<void> {
    await Promise.all([this.pushToRedis(snapshot), this.options.files.refresh()]);
  }

  private async pushToRedis(snapshot: PlanSnapshot): Promise<void> {
    try {
      this.look(await this.options.channel.push(snapshot), snapshot);
    } catch (err) {
      this.options.log.warn({ err, version: snapshot.version }, 'plan not pushed yet');
    }
  }

  /** Keeps what an instance says. False when it claims a version that cannot be. */
  async acknowledge(acknowledgement: Acknowledgement): Promise<boolean> {
    const { version } = await this.options.store.current();
    if (acknowledgement.version > version + AHEAD_MAX) return false;
    await this.options.acknowledgements.put([acknowledgement]);
    return true;
  }

  private async keepPushed(): Promise<void> {
    const { store, channel, acknowledgements, clock } = this.options;
    const snapshot = await store.current();
    const result = await channel.push(snapshot);
    this.look(result, snapshot);
    if (result.kind !== 'newer-there') return;
    // After a restore from backup the next version must rise above this one too, should no instance be up to say so.
    const { version, hash } = result;
    await acknowledgements.put([
      { instanceId: 'redis', app: 'redis', version, hash, appliedAtMs: 0, seenAtMs: clock.nowMs() },
    ]);
  }

  private async fetchAcknowledgements(): Promise<void> {
    const { store, channel, acknowledgements, clock, keepMs, log } = this.options;
    const { version } = await store.current();
    const { good, unreadable } = await channel.acknowledgements();
    const goneBeforeMs = clock.nowMs() - keepMs;
    const gone = good.filter((one) => one.seenAtMs < goneBeforeMs);
    const believable = good.filter((one) => one.seenAtMs >= goneBeforeMs && one.version <= version + AHEAD_MAX);
    const odd = unreadable + good.length - gone.length - believable.length;
    if (odd > 0) log.warn({ odd }, 'acknowledgements that cannot be');
    await acknowledgements.put(believable);
    await acknowledgements.forgetSeenBefore(goneBeforeMs);
    await channel.forget(gone.map((one) => one.instanceId));
  }

  /** Says once when Redis holds what this service did not put into force: a restored database, or another writer. */
  private look(result: PushResult, ours: PlanSnapshot): void {
    const alarm = 'version' in result ? `${result.kind} ${result.version} over ${ours.version}` : '';
    if (alarm !== '' && alarm !== this.alarm) {
      this.options.log.error({ ...result, ours: ours.version }, 'followers have another plan than the one in force');
    }
    this.alarm = alarm;
  }
}
