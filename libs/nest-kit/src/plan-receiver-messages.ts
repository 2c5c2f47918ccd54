import { type PlanSnapshot, type Tier } from '@floodgate/domain/degradation-plan';
import { type PlanKeys, type PlanSource, type RefusalReason } from './plan-follower-snapshot';
import { type KeptTime, uptimeMs } from './synced-clock';

/** What a receiver is started with. Plain data, for it may run in another thread. */
export interface ReceiverStart {
  readonly app: string;
  readonly instanceId: string;
  readonly redisUrl: string;
  readonly publicKeys: readonly string[];
  readonly stateDir: string;
  readonly pollEveryMs: number;
  readonly keys: PlanKeys;
  /** The signed snapshot that its process follows already; empty in a process that has just begun. */
  readonly inForce: string;
  readonly signals: SharedArrayBuffer;
}

/** A genuine snapshot, newer than all before it. */
export interface SnapshotArrived {
  readonly kind: 'snapshot';
  readonly snapshot: PlanSnapshot;
  readonly signed: string;
  readonly source: Exclude<PlanSource, 'built-in'>;
  readonly receivedAtMs: number;
}

export type FromReceiver =
  | SnapshotArrived
  /** Redis holds what is in force. */
  | { readonly kind: 'confirmed'; readonly source: 'push' | 'poll'; readonly signed: string }
  | { readonly kind: 'refused'; readonly reason: RefusalReason }
  | { readonly kind: 'kept-time'; readonly kept: KeptTime }
  /** What Redis's clock showed when the machine had been up so long. */
  | { readonly kind: 'redis-time'; readonly redisMs: number; readonly atMs: number }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly fields: object;
      readonly message: string;
    }
  /** What there was to find at the start has been found, or waited for long enough. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'stopped' };

/** What the process itself says of the snapshot it obeys. */
export interface SnapshotApplied {
  readonly kind: 'applied';
  readonly version: number;
  readonly hash: string;
  readonly source: PlanSource;
  readonly receivedAtMs: number;
  readonly appliedAtMs: number;
  /** The highest of all campaigns that it was asked about; undefined before the first. */
  readonly tier: Tier | undefined;
}

export type ToReceiver =
  SnapshotApplied | { readonly kind: 'time'; readonly kept: KeptTime } | { readonly kind: 'stop' };

const ARRIVED = 0;
const BEAT = 1;

/** Two numbers that receiver and process share without a message, so that neither waits for the other's turn. */
export class ReceiverSignals {
  private readonly cells: Int32Array;

  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.cells = new Int32Array(buffer);
  }

  /** How many snapshots have arrived: when it changes, there is one to be taken. */
  get arrived(): number {
    return Atomics.load(this.cells, ARRIVED);
  }

  /** Called after the snapshot's message was sent, so that whoever sees the number finds the message. */
  announce(): void {
    Atomics.add(this.cells, ARRIVED, 1);
  }

  /** Says that the receiver's thread has its turns. */
  beat(): void {
    Atomics.store(this.cells, BEAT, Math.floor(uptimeMs() / 1_000));
  }

  /** How long the receiver has been silent; whole seconds. */
  get silentMs(): number {
    return (Math.floor(uptimeMs() / 1_000) - Atomics.load(this.cells, BEAT)) * 1_000;
  }
}
