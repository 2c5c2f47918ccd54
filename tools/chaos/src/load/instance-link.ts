import { inventoryV1 } from '@floodgate/contracts';
import { type Outcome, OutcomeError } from '@floodgate/kernel';
import { callUnary, createGrpcClient } from '@floodgate/nest-kit';
import { type ClientDuplexStream } from '@grpc/grpc-js';

export type GrabItem = Omit<inventoryV1.GrabItem, 'seq'>;

type Stream = ClientDuplexStream<inventoryV1.GrabRequest, inventoryV1.GrabResponse>;

const RECONNECT_MS = 100;
const READ_MS_MAX = 1_000;

/** What says that an instance is away, or does not serve now: one that was paused refuses what waited too long meanwhile. */
const NOT_SERVED: ReadonlySet<Outcome> = new Set<Outcome>(['TRY_LATER', 'TOO_HOT']);

/** A grab stream to one instance of inventory, as the gateway has one, and calls that read results. */
export class InstanceLink {
  private readonly client: inventoryV1.InventoryServiceClient;
  private readonly waiting = new Map<number, (answer: inventoryV1.GrabAnswer | undefined) => void>();
  private gathered: inventoryV1.GrabItem[] = [];
  private stream: Stream | undefined;
  private reconnecting: NodeJS.Timeout | undefined;
  private lastSeq = 0;
  private suspectUntilMs = 0;

  constructor(
    readonly name: string,
    address: string,
    /** How long a grab may go unanswered. */
    private readonly budgetMs: number,
  ) {
    this.client = createGrpcClient(inventoryV1.InventoryServiceClient, address);
    this.connect();
  }

  /** False while there is no stream, and for a while after an answer that did not come. */
  get isUp(): boolean {
    return this.stream !== undefined && performance.now() > this.suspectUntilMs;
  }

  /** Undefined: no answer came, and whether the grab took effect is unknown. */
  grab(item: GrabItem): Promise<inventoryV1.GrabAnswer | undefined> {
    if (this.stream === undefined) return Promise.resolve(undefined);
    const seq = ++this.lastSeq;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.suspectUntilMs = performance.now() + this.budgetMs;
        this.settle(seq, undefined);
      }, this.budgetMs);
      this.waiting.set(seq, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      if (this.gathered.push({ ...item, seq }) === 1) setImmediate(() => this.flush());
    });
  }

  /** Undefined when the instance does not serve; any other error is an answer too. */
  async read(request: inventoryV1.GetGrabRequest): Promise<inventoryV1.GrabAnswer | OutcomeError | undefined> {
    try {
      return (await callUnary(this.client, this.client.getGrab, request, READ_MS_MAX)).answer;
    } catch (error) {
      if (!(error instanceof OutcomeError)) throw error;
      return NOT_SERVED.has(error.outcome) ? undefined : error;
    }
  }

  /** Nothing when the instance does not serve. */
  async describe(campaignId: string): Promise<readonly inventoryV1.PoolCount[]> {
    try {
      return (await callUnary(this.client, this.client.describePools, { campaignId }, READ_MS_MAX)).pools;
    } catch (error) {
      if (error instanceof OutcomeError && NOT_SERVED.has(error.outcome)) return [];
      throw error;
    }
  }

  close(): void {
    clearTimeout(this.reconnecting);
    const { stream } = this;
    this.drop();
    stream?.cancel();
    this.client.close();
  }

  private connect(): void {
    const stream = this.client.grab();
    this.stream = stream;
    stream.on('data', ({ answers }: inventoryV1.GrabResponse) => {
      for (const answer of answers) this.settle(answer.seq, answer);
    });
    stream.on('error', () => this.lost(stream));
    stream.on('end', () => this.lost(stream));
  }

  private lost(stream: Stream): void {
    if (this.stream !== stream) return;
    this.drop();
    this.reconnecting = setTimeout(() => this.connect(), RECONNECT_MS);
  }

  private drop(): void {
    this.stream = undefined;
    this.gathered = [];
    for (const seq of [...this.waiting.keys()]) this.settle(seq, undefined);
  }

  private settle(seq: number, answer: inventoryV1.GrabAnswer | undefined): void {
    const settle = this.waiting.get(seq);
    this.waiting.delete(seq);
    settle?.(answer);
  }

  private flush(): void {
    const grabs = this.gathered;
    this.gathered = [];
    if (grabs.length > 0) this.stream?.write({ grabs });
  }
}
