import { type Log } from '@floodgate/adapters/kafka';
import {
  type FilePort,
  type PlanSnapshot,
  type PlanTimeline,
  POLICY_INDEX_NAME,
  type PolicyFile,
  policyFileName,
  policyFileSchedule,
  policyIndex,
} from '@floodgate/domain/degradation-plan';
import { type Clock } from '@floodgate/kernel';
import { PeriodicJob, signSnapshot, signText } from '@floodgate/nest-kit';
import { type MysqlCampaigns } from './adapters/mysql-campaigns';
import { type MysqlPlanStore } from './adapters/mysql-plan-store';

export interface PolicyFilesOptions {
  readonly store: Pick<MysqlPlanStore, 'current' | 'takeFileSerial'>;
  readonly campaigns: Pick<MysqlCampaigns, 'unsettled'>;
  readonly files: FilePort;
  readonly signingKey: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How often it looks whether another instance changed the plan, or a campaign came. */
  readonly lookEveryMs: number;
  /** Written anew after so long though nothing changed, so that the schedules reach on. */
  readonly writeEveryMs: number;
}

/** Keeps a signed policy file of each unsettled campaign, and an index of them, for clients that no gateway answers. */
export class PolicyFiles {
  private readonly job: PeriodicJob;
  private written = { what: '', atMs: -Infinity };
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: PolicyFilesOptions) {
    const { lookEveryMs, log } = options;
    this.job = new PeriodicJob({
      name: 'policy files',
      everyMs: lookEveryMs,
      log,
      round: async () => {
        await this.inTurn(() => this.writeWhenDue());
        return false;
      },
    });
  }

  start(): void {
    this.job.start();
  }

  async stop(): Promise<void> {
    await this.job.stop();
    await this.last;
  }

  /** Writes at once what was just committed. Should the disk refuse, the job tries again. */
  async refresh(): Promise<void> {
    try {
      await this.inTurn(() => this.writeWhenDue());
    } catch (err) {
      this.options.log.warn({ err }, 'policy files not written yet');
    }
  }

  /** One after the other, so that no file is overwritten by an older one. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.last.then(work);
    // Only the order hangs on this one; the failure is the caller's, who holds the promise itself.
    this.last = Promise.allSettled([done]);
    return done;
  }

  private async writeWhenDue(): Promise<void> {
    const { store, campaigns, clock, writeEveryMs } = this.options;
    const nowMs = clock.nowMs();
    const timelines = await campaigns.unsettled(nowMs);
    const { version } = await store.current();
    const what = JSON.stringify([version, timelines]);
    if (what === this.written.what && nowMs - this.written.atMs < writeEveryMs) return;
    const { serial, snapshot } = await store.takeFileSerial(nowMs);
    await this.write(snapshot, timelines, serial, nowMs);
    this.written = { what, atMs: nowMs };
  }

  private async write(
    snapshot: PlanSnapshot,
    timelines: readonly PlanTimeline[],
    serial: number,
    nowMs: number,
  ): Promise<void> {
    const { files, signingKey } = this.options;
    const signed = signSnapshot(snapshot, signingKey);
    for (const timeline of timelines) {
      const schedule = policyFileSchedule(snapshot, timeline, serial, nowMs);
      const scheduleSignature = signText('policy-file.v1', schedule, signingKey);
      const file: PolicyFile = { serial, ...signed, schedule, scheduleSignature };
      await files.write(policyFileName(timeline.campaignId), JSON.stringify(file), serial);
    }
    // Last: what the index names is there.
    const index = policyIndex(timelines, serial, nowMs);
    const signature = signText('policy-file.v1', index, signingKey);
    await files.write(POLICY_INDEX_NAME, JSON.stringify({ serial, index, signature }), serial);
  }
}
