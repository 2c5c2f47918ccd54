import { type MessagePort } from 'node:worker_threads';
import { type Log } from '@floodgate/adapters/kafka';
import {
  createRedis,
  createSubscriber,
  keepSubscribed,
  keepConnecting,
  type RedisClient,
  waitAMoment,
} from '@floodgate/adapters/redis';
import { PeriodicJob } from './periodic-job';
import { SnapshotFile } from './plan-follower-disk';
import { type Acknowledgement, type RefusalReason } from './plan-follower-snapshot';
import { PlanIntake } from './plan-intake';
import { logThrough } from './plan-receiver-log';
import {
  type FromReceiver,
  ReceiverSignals,
  type ReceiverStart,
  type SnapshotApplied,
  type SnapshotArrived,
  type ToReceiver,
} from './plan-receiver-messages';
import { type KeptTime, SyncedClock, uptimeMs } from './synced-clock';

const WHEN_AWAY = 'plan connection lost: the last plan is followed until Redis is back';
const REFUSAL_LOG_EVERY_MS = 10_000;
const KEEP_TIME_EVERY_MS = 60_000;
const BEAT_EVERY_MS = 1_000;

/**
 * Receives plan snapshots: the last one from disk, then whatever newer one Redis pushes or a poll finds; verifies them, keeps them on disk, hands them to
 * its process through a port and acknowledges what the process says it has applied. It runs in a thread of its own, so that it works while its process has
 * no turn to spare.
 */
export class PlanReceiver {
  private readonly log: Log;
  private readonly signals: ReceiverSignals;
  private readonly intake: PlanIntake;
  private readonly file: SnapshotFile;
  private readonly subscriber: RedisClient;
  private readonly commands: RedisClient;
  private readonly polling: PeriodicJob;
  /** As its process last said. */
  private readonly clock = new SyncedClock();
  private beating: NodeJS.Timeout | undefined;
  private applied: SnapshotApplied | undefined;
  private kept: KeptTime | undefined;
  private keptWrittenAtMs = -Infinity;
  private refusalLoggedAtMs = -Infinity;

  constructor(
    private readonly options: ReceiverStart,
    private readonly port: MessagePort,
  ) {
    this.log = logThrough((message) => this.tell(message));
    this.signals = new ReceiverSignals(options.signals);
    this.intake = new PlanIntake(options.publicKeys);
    this.file = new SnapshotFile(options.stateDir);
    this.subscriber = createSubscriber(options.redisUrl);
    this.commands = createRedis(options.redisUrl);
    this.polling = new PeriodicJob({
      name: 'plan poll',
      everyMs: options.pollEveryMs,
      log: this.log,
      round: async () => {
        if (this.commands.status === 'ready') await this.poll();
        return false;
      },
    });
  }

  /** Takes what is on disk, then waits for Redis for a second at most. Never fails because something is away. */
  async start(): Promise<void> {
    this.port.on('message', (message: ToReceiver) => this.hear(message));
    this.signals.beat();
    this.beating = setInterval(() => this.signals.beat(), BEAT_EVERY_MS);
    if (this.options.inForce !== '') this.intake.offer(this.options.inForce);
    await this.loadFromDisk();
    this.subscriber.on('message', (_channel: string, signed: string) => this.offer(signed, 'push'));
    // After each connect of either: whichever comes last finds what was missed. It subscribes first, then looks, so that nothing falls between the two.
    keepSubscribed(this.subscriber, {
      channel: this.options.keys.channel,
      log: this.log,
      whenRefused: 'plan channel not subscribed',
      onSubscribed: () => void this.pollNow(),
    });
    this.commands.on('ready', () => void this.pollNow());
    const clients = [this.subscriber, this.commands];
    const contact = Promise.all(clients.map((redis) => keepConnecting(redis, this.log, WHEN_AWAY)));
    await waitAMoment(contact.then(() => this.pollNow()));
    this.polling.start();
    this.tell({ kind: 'ready' });
  }

  private async stop(): Promise<void> {
    clearInterval(this.beating);
    this.subscriber.disconnect();
    await this.polling.stop();
    this.commands.disconnect();
    await this.file.settled();
    this.tell({ kind: 'stopped' });
    this.port.close();
  }

  private tell(message: FromReceiver): void {
    this.port.postMessage(message);
  }

  private hear(message: ToReceiver): void {
    switch (message.kind) {
      case 'applied':
        this.applied = message;
        void this.acknowledgeNow();
        return;
      case 'time':
        this.keep(message.kept);
        return;
      case 'stop':
        void this.stop();
    }
  }

  private async loadFromDisk(): Promise<void> {
    try {
      const { signed, kept } = await this.file.read();
      if (kept !== undefined) {
        this.kept = kept;
        this.clock.recall(kept);
        this.tell({ kind: 'kept-time', kept });
      }
      if (signed !== undefined) this.offer(signed, 'disk');
    } catch (err) {
      this.log.error({ err }, 'the plan snapshot on disk cannot be read');
    }
  }

  private offer(signed: string, source: SnapshotArrived['source']): void {
    const intake = this.intake.offer(signed);
    if (intake.kind === 'refused') return this.refuse(intake.reason, source);
    if (intake.kind === 'taken') {
      const { snapshot } = intake;
      this.tell({ kind: 'snapshot', snapshot, signed, source, receivedAtMs: this.clock.nowMs() });
      this.signals.announce();
    } else if (source !== 'disk') {
      this.tell({ kind: 'confirmed', source, signed });
    }
    if (source !== 'disk' && (intake.kind === 'taken' || intake.isResigned)) this.write();
  }

  private refuse(reason: RefusalReason, source: SnapshotArrived['source']): void {
    this.tell({ kind: 'refused', reason });
    const nowMs = performance.now();
    if (nowMs - this.refusalLoggedAtMs < REFUSAL_LOG_EVERY_MS) return;
    this.refusalLoggedAtMs = nowMs;
    const fields = { reason, source, inForce: this.intake.version };
    // An older one is what a late message or a restored Redis brings; anything else should not exist.
    if (reason === 'older') this.log.warn(fields, 'older plan snapshot ignored');
    else this.log.error(fields, 'plan snapshot refused');
  }

  /** The disk need not have the time of every second: what passes after it was kept is known. */
  private keep(kept: KeptTime): void {
    this.kept = kept;
    this.clock.recall(kept);
    if (kept.uptimeMs - this.keptWrittenAtMs < KEEP_TIME_EVERY_MS) return;
    this.keptWrittenAtMs = kept.uptimeMs;
    this.write();
  }

  private write(): void {
    const { signed, version } = this.intake;
    this.file
      .write({ signed: signed === '' ? undefined : signed, kept: this.kept })
      .catch((err: unknown) => this.log.error({ err, version }, 'plan snapshot not written'));
  }

  private async poll(): Promise<void> {
    const signed = await this.commands.get(this.options.keys.current);
    if (signed !== null) this.offer(signed, 'poll');
    await this.acknowledge();
  }

  private async pollNow(): Promise<void> {
    if (this.commands.status !== 'ready') return;
    try {
      await this.poll();
      await this.readTime();
    } catch (err) {
      this.log.warn({ err }, 'plan not polled yet');
    }
  }

  private async readTime(): Promise<void> {
    const sentAtMs = uptimeMs();
    const [seconds, microseconds] = await this.commands.time();
    const redisMs = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
    const atMs = (sentAtMs + uptimeMs()) / 2;
    this.clock.learnFromRedis(redisMs, atMs);
    this.tell({ kind: 'redis-time', redisMs, atMs });
  }

  /** Renewed with each poll, which also says it when it cannot be said now. */
  private async acknowledgeNow(): Promise<void> {
    if (this.commands.status !== 'ready') return;
    await this.acknowledge().catch((err: unknown) => this.log.warn({ err }, 'plan not acknowledged yet'));
  }

  private async acknowledge(): Promise<void> {
    if (this.applied === undefined) return;
    const { app, instanceId, keys } = this.options;
    const { version, hash, source, receivedAtMs, appliedAtMs, tier } = this.applied;
    const said: Acknowledgement = {
      instanceId,
      app,
      version,
      hash,
      receivedAtMs,
      appliedAtMs,
      source,
      ...(tier !== undefined && { tier }),
      seenAtMs: this.clock.nowMs(),
    };
    await this.commands.hset(keys.acks, instanceId, JSON.stringify(said));
  }
}
