import { inventoryV1, Outcome, Settlement } from '@floodgate/contracts';
import { type GrabAnswer, type GrabRequest, GrabUnit } from '@floodgate/domain/inventory';
import { Lifecycle } from '@floodgate/nest-kit';
import { type ServerDuplexStream } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod, GrpcStreamCall } from '@nestjs/microservices';
import { StockLogFollower } from '../adapters/stock-log-follower';
import { type Config } from '../config';
import { CONFIG } from '../tokens';

type GrabCall = ServerDuplexStream<inventoryV1.GrabRequest, inventoryV1.GrabResponse>;

const SERVICE = 'InventoryService';

@Controller()
export class InventoryController {
  private readonly calls = new Set<GrabCall>();

  constructor(
    private readonly grabUnit: GrabUnit,
    private readonly follower: StockLogFollower,
    @Inject(CONFIG) private readonly config: Config,
    lifecycle: Lifecycle,
  ) {
    // Gateways see the end of the stream. Who still waits for an answer is told to ask again with the same grabId.
    lifecycle.onStop(() => this.calls.forEach((call) => call.end()));
  }

  @GrpcStreamCall(SERVICE, 'Grab')
  grab(call: GrabCall): void {
    // Until the whole log is folded another instance serves: the gateway takes its second choice, and tries this one again.
    if (!this.follower.caughtUp) {
      call.end();
      return;
    }
    const writer = new AnswerWriter(call, this.config, this.wait());
    this.calls.add(call);
    call.on('data', ({ grabs }: inventoryV1.GrabRequest) => {
      for (const item of grabs) this.decide(item, writer);
    });
    call.on('error', () => this.calls.delete(call));
    call.on('close', () => {
      this.calls.delete(call);
      writer.close();
    });
    call.on('end', () => call.end());
  }

  @GrpcMethod(SERVICE, 'GetGrab')
  async getGrab(request: inventoryV1.GetGrabRequest): Promise<inventoryV1.GetGrabResponse> {
    return { answer: toMessage(0, await this.result({ ...request, qualificationId: '' })) };
  }

  @GrpcMethod(SERVICE, 'DescribePools')
  describePools({ campaignId }: inventoryV1.DescribePoolsRequest): inventoryV1.DescribePoolsResponse {
    return {
      pools: this.grabUnit.describe(campaignId).map(({ pool, free, held, inTransit, withdrawn, ready }) => ({
        poolId: pool.poolId,
        stock: pool.stock,
        free,
        held,
        inTransit,
        withdrawn,
        ready,
      })),
    };
  }

  private async result(request: GrabRequest): Promise<GrabAnswer> {
    if (!this.follower.caughtUp) return this.wait();
    const known = this.grabUnit.result(request);
    const shard = this.grabUnit.homeOf(request);
    if (known.outcome !== 'UNKNOWN_GRAB' || shard === undefined) return known;
    // Another instance may have read, and told, what this one has not read yet.
    try {
      await this.follower.readToEnd(shard);
    } catch {
      // The log is away, which its own client tells of: whether it knows the grab is unknown too.
      return this.wait();
    }
    return this.grabUnit.result(request);
  }

  private decide(item: inventoryV1.GrabItem, writer: AnswerWriter): void {
    // Before the whole log is folded, "never heard of it" would be a guess.
    const decision = this.follower.caughtUp ? this.grabUnit.grab(item) : this.wait();
    if (decision instanceof Promise) writer.addLater(item.seq, decision);
    else writer.add(item.seq, decision);
  }

  private wait(): GrabAnswer {
    return { outcome: 'WAIT', pollAfterMs: this.config.GRAB_POLL_AFTER_MS };
  }
}

interface OpenGrab {
  readonly seq: number;
  readonly giveUpAtMs: number;
  isAnswered: boolean;
}

const SWEEP_EVERY_MS = 50;

/** Gathers answers for a moment, so that many leave in one frame. */
class AnswerWriter {
  private answers: inventoryV1.GrabAnswer[] = [];
  /** Oldest first: all have the same budget. */
  private open: OpenGrab[] = [];
  private readonly sweepTimer: NodeJS.Timeout;

  constructor(
    private readonly call: GrabCall,
    private readonly config: Config,
    private readonly late: GrabAnswer,
  ) {
    this.sweepTimer = setInterval(() => this.sweep(), SWEEP_EVERY_MS);
  }

  add(seq: number, answer: GrabAnswer): void {
    this.answers.push(toMessage(seq, answer));
    if (this.answers.length === 1) setTimeout(() => this.flush(), this.config.ANSWER_GATHER_MS);
  }

  /** Adds the decision, or WAIT when the budget runs out first: unknown is not failed. */
  addLater(seq: number, decision: Promise<GrabAnswer>): void {
    const grab: OpenGrab = { seq, giveUpAtMs: performance.now() + this.config.GRAB_BUDGET_MS, isAnswered: false };
    this.open.push(grab);
    void decision.then((answer) => this.settle(grab, answer));
  }

  close(): void {
    clearInterval(this.sweepTimer);
  }

  private settle(grab: OpenGrab, answer: GrabAnswer): void {
    if (grab.isAnswered) return;
    grab.isAnswered = true;
    this.add(grab.seq, answer);
  }

  private sweep(): void {
    const nowMs = performance.now();
    const firstInTime = this.open.findIndex(({ giveUpAtMs }) => giveUpAtMs > nowMs);
    const late = firstInTime === -1 ? this.open : this.open.slice(0, firstInTime);
    for (const grab of late) this.settle(grab, this.late);
    this.open = this.open.slice(late.length).filter(({ isAnswered }) => !isAnswered);
  }

  private flush(): void {
    const answers = this.answers;
    this.answers = [];
    if (this.call.writable) this.call.write({ answers });
  }
}

function toMessage(seq: number, { outcome, held, pollAfterMs }: GrabAnswer): inventoryV1.GrabAnswer {
  return {
    seq,
    outcome: Outcome[`OUTCOME_${outcome}`],
    unitNo: held?.unitNo ?? 0,
    amountFen: String(held?.amountFen ?? 0),
    grabId: held?.grabId ?? '',
    settlement: held === undefined ? Settlement.SETTLEMENT_UNSPECIFIED : settlementOf(held.settlement),
    pollAfterMs: Math.min(pollAfterMs ?? 0, 0xffffffff),
  };
}

function settlementOf(settlement: NonNullable<GrabAnswer['held']>['settlement']): Settlement {
  return settlement === 'order' ? Settlement.SETTLEMENT_ORDER : Settlement.SETTLEMENT_PAYOUT;
}
