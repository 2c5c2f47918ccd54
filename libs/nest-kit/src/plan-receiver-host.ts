import { once } from 'node:events';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { type Log } from '@floodgate/adapters/kafka';
import { PlanReceiver } from './plan-receiver';
import { type FromReceiver, ReceiverSignals, type ReceiverStart, type ToReceiver } from './plan-receiver-messages';

/** What the thread is started with. */
export interface ReceiverThreadData {
  readonly start: ReceiverStart;
  readonly port: MessagePort;
}

export interface PlanReceiverHostOptions {
  readonly start: Omit<ReceiverStart, 'inForce' | 'signals'>;
  /** The signed snapshot in force when a receiver begins, again after one has died. */
  readonly inForce: () => string;
  /** Called when a receiver can be told something. */
  readonly onBegin: () => void;
  readonly onMessage: (message: FromReceiver) => void;
  readonly log: Log;
  /** The thread's file, when it is not the receiver's own. */
  readonly threadFile?: string;
}

// Node loads no TypeScript: run from its sources, under test, the receiver shares the thread, behind the same port.
const THREAD_FILE = extname(__filename) === '.ts' ? undefined : join(__dirname, 'plan-receiver-thread.js');

/** Its objects are few and live long: without a limit the thread's young generation alone takes three times the memory. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 4 };

const START_WAIT_MS = 10_000;
const STOP_WAIT_MS = 2_000;
const PAUSE_MS = 100;
const PAUSE_MS_MAX = 5_000;

/** Runs a plan receiver, in a thread of its own, and another one when it dies. What it has sent is never lost, nor overtaken by what the next one sends. */
export class PlanReceiverHost {
  private readonly signals = new ReceiverSignals();
  private readonly stopping = new AbortController();
  private readonly stopAsked = once(this.stopping.signal, 'abort');
  private port: MessagePort | undefined;
  private running: Promise<void> | undefined;
  private seen = 0;
  private deaths = 0;
  private ready: (() => void) | undefined;

  constructor(private readonly options: PlanReceiverHostOptions) {}

  /** How often a receiver has died. */
  get restarts(): number {
    return this.deaths;
  }

  /** How long it has been silent. */
  get silentMs(): number {
    return this.signals.silentMs;
  }

  /** Resolves when the receiver has found what there was to find, or after ten seconds. */
  async start(): Promise<void> {
    this.signals.beat();
    const ready = new Promise<void>((resolve) => (this.ready = resolve));
    this.running = this.keepRunning();
    const end = new AbortController();
    // Only its own end below cuts it short.
    const tooLong = sleep(START_WAIT_MS, 'late' as const, { signal: end.signal }).catch(() => undefined);
    if ((await Promise.race([ready, tooLong])) === 'late')
      this.options.log.error({}, 'the plan receiver does not start');
    end.abort();
    await tooLong;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.tell({ kind: 'stop' });
    await this.running;
  }

  tell(message: ToReceiver): void {
    this.port?.postMessage(message);
  }

  /**
   * Handles snapshots that have arrived without waiting for a turn of the event loop, which a saturated process may have to wait long for. Where none has,
   * one load of a shared number.
   */
  look(): void {
    const { arrived } = this.signals;
    if (arrived === this.seen) return;
    this.seen = arrived;
    this.drain(this.port);
  }

  private drain(port: MessagePort | undefined): void {
    if (port === undefined) return;
    for (let got = receiveMessageOnPort(port); got !== undefined; got = receiveMessageOnPort(port)) {
      this.hear(got.message as FromReceiver);
    }
  }

  private hear(message: FromReceiver): void {
    if (message.kind === 'ready') this.ready?.();
    this.options.onMessage(message);
  }

  private async keepRunning(): Promise<void> {
    const { signal } = this.stopping;
    for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
      await this.runOne();
      if (signal.aborted) return;
      this.deaths += 1;
      this.options.log.error({ restarts: this.deaths, pauseMs }, 'the plan receiver died; the plan in force stays');
      // Only stop ends the pause early, which is looked at next.
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
    }
  }

  /** Resolves when the receiver has stopped or died, and all it sent is handled. */
  private async runOne(): Promise<void> {
    const { port1: near, port2: far } = new MessageChannel();
    this.port = near;
    near.on('message', (message: FromReceiver) => this.hear(message));
    const start = { ...this.options.start, inForce: this.options.inForce(), signals: this.signals.buffer };
    const { threadFile = THREAD_FILE } = this.options;
    this.options.onBegin();
    const gone = once(near, 'close');
    if (threadFile === undefined) {
      await new PlanReceiver(start, far).start();
      await gone;
    } else {
      await this.runThread(threadFile, { start, port: far });
      this.drain(near);
      near.close();
      await gone;
    }
  }

  private async runThread(file: string, data: ReceiverThreadData): Promise<void> {
    const worker = new Worker(file, {
      name: 'plan receiver',
      workerData: data,
      transferList: [data.port],
      resourceLimits: RESOURCE_LIMITS,
    });
    worker.on('error', (err: unknown) => this.options.log.error({ err }, 'the plan receiver failed'));
    // It comes after an error too, which is told of above.
    const exit = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    await Promise.race([exit, this.stopAsked]);
    await Promise.race([exit, sleep(STOP_WAIT_MS, undefined, { ref: false })]);
    await worker.terminate();
  }
}
