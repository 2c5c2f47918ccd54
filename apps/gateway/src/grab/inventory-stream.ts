import { type inventoryV1 } from '@floodgate/contracts';
import { type ClientDuplexStream } from '@grpc/grpc-js';

export type GrabAnswer = inventoryV1.GrabAnswer;
export type GrabItem = Omit<inventoryV1.GrabItem, 'seq'>;

/**
 * What became of a grab sent to inventory. `unknown`: no answer came, so it may or may not have taken effect; the same
 * grabId again finds out. `full`: not sent.
 */
export type GrabReply =
  { readonly kind: 'answer'; readonly answer: GrabAnswer } | { readonly kind: 'unknown' } | { readonly kind: 'full' };

/** A callback and no promise: one grab in flight is one of thousands. */
export type OnReply = (reply: GrabReply) => void;

export interface InventoryStreamOptions {
  readonly budgetMs: number;
  readonly inFlightMax: number;
  readonly reconnectMinMs?: number;
  readonly reconnectMaxMs?: number;
}

interface StreamLog {
  warn(fields: object, message: string): void;
}

type Stream = ClientDuplexStream<inventoryV1.GrabRequest, inventoryV1.GrabResponse>;
type Client = Pick<inventoryV1.InventoryServiceClient, 'grab' | 'waitForReady'>;

interface Waiting {
  /** Until then inventory may be at work on it, whoever still waits. */
  readonly giveUpAt: number;
  readonly deadlineAt: number;
  readonly onReply: OnReply;
  isTold: boolean;
}

const FRAME_MAX = 512;
// While frames do not leave, so many grabs wait here for the next; more are refused.
const GATHERED_WHILE_BLOCKED_MAX = 2 * FRAME_MAX;
const GATHER_MS = 4;
const SEQ_LIMIT = 2 ** 32;
const SWEEP_EVERY_MS = 50;
const RECONNECT_MIN_MS = 50;
const RECONNECT_MAX_MS = 2_000;

const UNKNOWN: GrabReply = { kind: 'unknown' };
const FULL: GrabReply = { kind: 'full' };

/**
 * Grabs on their way to one inventory instance: one stream, many grabs a frame. An idle gateway sends at once what arrived
 * within one turn of the event loop; a busy one a frame every four milliseconds. The number of unanswered grabs and the time each may
 * take are bounded. The stream is up only while the connection answers: the client's keepalive ends it when the other side has
 * fallen silent, and it is opened again when the connection is ready, which takes a word from the other side.
 */
export class InventoryStream {
  private readonly waiting = new Map<number, Waiting>();
  private gathered: inventoryV1.GrabItem[] = [];
  private flushSet = false;
  private flushedAt = -Infinity;
  private stream: Stream | undefined;
  private blocked = false;
  private failures = 0;
  private lastSeq = 0;
  private closed = false;
  private reconnectTimer: NodeJS.Timeout | undefined;
  private readonly sweepTimer: NodeJS.Timeout;

  constructor(
    private readonly client: Client,
    private readonly options: InventoryStreamOptions,
    private readonly log: StreamLog,
  ) {
    this.sweepTimer = setInterval(() => this.sweep(), SWEEP_EVERY_MS);
    this.connect();
  }

  get up(): boolean {
    return this.stream !== undefined;
  }

  /** Unanswered grabs. */
  get inFlight(): number {
    return this.waiting.size;
  }

  /** It takes no more: too many are unanswered, or inventory does not take the frames. */
  get full(): boolean {
    return (
      this.waiting.size >= this.options.inFlightMax ||
      (this.blocked && this.gathered.length >= GATHERED_WHILE_BLOCKED_MAX)
    );
  }

  /** Sends a grab. `onReply` is called once, within the budget or by `deadline` (performance.now()), plus what a busy event loop adds. */
  grab(item: GrabItem, onReply: OnReply, deadline = Infinity): void {
    const now = performance.now();
    if (!this.stream || deadline <= now) return onReply(UNKNOWN);
    if (this.full) return onReply(FULL);
    const { campaignId, poolId, userId, grabId, qualificationId } = item;
    const seq = this.nextSeq();
    const giveUpAt = now + this.options.budgetMs;
    this.waiting.set(seq, { giveUpAt, deadlineAt: Math.min(giveUpAt, deadline), onReply, isTold: false });
    this.gathered.push({ seq, campaignId, poolId, userId, grabId, qualificationId });
    this.flushSoon();
  }

  /** Ends the stream; what is still unanswered becomes unknown. */
  close(): void {
    this.closed = true;
    clearInterval(this.sweepTimer);
    clearTimeout(this.reconnectTimer);
    const stream = this.stream;
    this.drop();
    stream?.end();
  }

  private nextSeq(): number {
    do this.lastSeq = (this.lastSeq + 1) % SEQ_LIMIT;
    while (this.waiting.has(this.lastSeq));
    return this.lastSeq;
  }

  private flushSoon(): void {
    if (this.flushSet || this.blocked) return;
    this.flushSet = true;
    // A frame costs as much as dozens of grabs in it.
    if (performance.now() - this.flushedAt < GATHER_MS) setTimeout(this.flushSoonest, GATHER_MS);
    else setImmediate(this.flushSoonest);
  }

  private readonly flushSoonest = (): void => {
    this.flushSet = false;
    this.flush();
  };

  private flush(): void {
    while (this.stream && !this.blocked && this.gathered.length > 0) {
      const grabs = this.gathered.length <= FRAME_MAX ? this.gathered : this.gathered.slice(0, FRAME_MAX);
      this.gathered = grabs === this.gathered ? [] : this.gathered.slice(FRAME_MAX);
      this.blocked = !this.stream.write({ grabs });
    }
    this.flushedAt = performance.now();
  }

  private connect(): void {
    this.client.waitForReady(Infinity, (error) => {
      if (this.closed) return;
      if (error) this.reconnect(error.message);
      else this.open();
    });
  }

  private open(): void {
    const stream = this.client.grab();
    this.stream = stream;
    this.blocked = false;
    stream.on('data', (frame: inventoryV1.GrabResponse) => {
      this.failures = 0;
      for (const answer of frame.answers) this.answer(answer);
    });
    stream.on('drain', () => {
      this.blocked = false;
      this.flush();
    });
    // Every stream ends with a status, and each kind of end comes here once or more.
    stream.on('error', (err) => this.lost(stream, err));
    stream.on('end', () => this.lost(stream, undefined));
  }

  private answer(answer: GrabAnswer): void {
    const waiting = this.waiting.get(answer.seq);
    // It came after its budget: the client has been told to ask again.
    if (!waiting) return;
    this.waiting.delete(answer.seq);
    if (!waiting.isTold) waiting.onReply({ kind: 'answer', answer });
  }

  private lost(stream: Stream, err: Error | undefined): void {
    if (this.stream !== stream || this.closed) return;
    this.drop();
    this.reconnect(err?.message ?? 'ended by inventory');
  }

  private reconnect(reason: string): void {
    const waitMs = this.reconnectAfterMs();
    this.failures += 1;
    this.log.warn({ reason, waitMs: Math.round(waitMs) }, 'grab stream lost');
    this.reconnectTimer = setTimeout(() => this.connect(), waitMs);
  }

  private drop(): void {
    this.stream = undefined;
    this.blocked = false;
    this.gathered = [];
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const { isTold, onReply } of all) if (!isTold) onReply(UNKNOWN);
  }

  // Full jitter, so that gateways do not come back to a restarted inventory all at once.
  private reconnectAfterMs(): number {
    const { reconnectMinMs = RECONNECT_MIN_MS, reconnectMaxMs = RECONNECT_MAX_MS } = this.options;
    const ceilingMs = Math.min(reconnectMaxMs, reconnectMinMs * 2 ** this.failures);
    return reconnectMinMs / 2 + Math.random() * Math.max(0, ceilingMs - reconnectMinMs / 2);
  }

  private sweep(): void {
    const now = performance.now();
    const told = new Set<number>();
    for (const [seq, grab] of this.waiting) {
      if (grab.giveUpAt <= now) this.waiting.delete(seq);
      if (grab.isTold || grab.deadlineAt > now) continue;
      grab.isTold = true;
      told.add(seq);
      grab.onReply(UNKNOWN);
    }
    if (told.size === 0) return;
    // Who has been told to ask again must not be sent behind their back.
    for (const { seq } of this.gathered) if (told.has(seq)) this.waiting.delete(seq);
    this.gathered = this.gathered.filter(({ seq }) => !told.has(seq));
  }
}
