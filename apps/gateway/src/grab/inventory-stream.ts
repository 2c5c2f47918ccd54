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

interface Waiting {
  readonly giveUpAt: number;
  readonly settle: (reply: GrabReply) => void;
}

const FRAME_MAX = 512;
const SEQ_LIMIT = 2 ** 32;
const SWEEP_EVERY_MS = 50;
const RECONNECT_MIN_MS = 100;
const RECONNECT_MAX_MS = 2_000;

const UNKNOWN: GrabReply = { kind: 'unknown' };
const FULL: GrabReply = { kind: 'full' };

/**
 * Grabs on their way to one inventory instance: one stream, many grabs a frame. Everything that arrives within one turn of
 * the event loop leaves in one frame, which under load is a millisecond's worth and costs an idle gateway no wait. The
 * number of unanswered grabs and the time each may take are bounded.
 */
export class InventoryStream {
  private readonly waiting = new Map<number, Waiting>();
  private gathered: inventoryV1.GrabItem[] = [];
  private flushSet = false;
  private stream: Stream | undefined;
  private blocked = false;
  private failures = 0;
  private lastSeq = 0;
  private closed = false;
  private reconnectTimer: NodeJS.Timeout | undefined;
  private readonly sweepTimer: NodeJS.Timeout;

  constructor(
    private readonly client: Pick<inventoryV1.InventoryServiceClient, 'grab'>,
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

  /** Sends a grab. Never rejects, and settles within budgetMs (plus what a busy event loop adds). */
  grab(item: GrabItem): Promise<GrabReply> {
    if (this.waiting.size >= this.options.inFlightMax) return Promise.resolve(FULL);
    if (!this.stream) return Promise.resolve(UNKNOWN);
    const seq = this.nextSeq();
    return new Promise((settle) => {
      this.waiting.set(seq, { giveUpAt: performance.now() + this.options.budgetMs, settle });
      this.gathered.push({ ...item, seq });
      this.flushSoon();
    });
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
    setImmediate(() => {
      this.flushSet = false;
      this.flush();
    });
  }

  private flush(): void {
    while (this.stream && !this.blocked && this.gathered.length > 0) {
      const grabs = this.gathered.splice(0, FRAME_MAX);
      this.blocked = !this.stream.write({ grabs });
    }
  }

  private connect(): void {
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
    waiting.settle({ kind: 'answer', answer });
  }

  private lost(stream: Stream, err: Error | undefined): void {
    if (this.stream !== stream || this.closed) return;
    const inFlight = this.waiting.size;
    this.drop();
    const waitMs = this.reconnectAfterMs();
    this.failures += 1;
    this.log.warn({ reason: err?.message ?? 'ended by inventory', inFlight, waitMs }, 'grab stream lost');
    this.reconnectTimer = setTimeout(() => this.connect(), waitMs);
  }

  private drop(): void {
    this.stream = undefined;
    this.gathered = [];
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const { settle } of all) settle(UNKNOWN);
  }

  // Full jitter, so that gateways do not come back to a restarted inventory all at once.
  private reconnectAfterMs(): number {
    const { reconnectMinMs = RECONNECT_MIN_MS, reconnectMaxMs = RECONNECT_MAX_MS } = this.options;
    const ceilingMs = Math.min(reconnectMaxMs, reconnectMinMs * 2 ** this.failures);
    return reconnectMinMs / 2 + Math.random() * Math.max(0, ceilingMs - reconnectMinMs / 2);
  }

  // All have the same budget and a Map keeps its order, so the oldest are in front.
  private sweep(): void {
    const now = performance.now();
    for (const [seq, { giveUpAt, settle }] of this.waiting) {
      if (giveUpAt > now) return;
      this.waiting.delete(seq);
      settle(UNKNOWN);
    }
  }
}
