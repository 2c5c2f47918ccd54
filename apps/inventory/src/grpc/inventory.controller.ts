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
    const writer = new AnswerWriter(call, this.config.ANSWER_GATHER_MS);
    this.calls.add(call);
    call.on('data', ({ grabs }: inventoryV1.GrabRequest) => {
      for (const item of grabs) {
        void this.decide(item).then((answer) => writer.add(toMessage(item.seq, answer)));
      }
    });
    call.on('error', () => this.calls.delete(call));
    call.on('close', () => this.calls.delete(call));
    call.on('end', () => call.end());
  }

  @GrpcMethod(SERVICE, 'GetGrab')
  getGrab(request: inventoryV1.GetGrabRequest): inventoryV1.GetGrabResponse {
    const answer = this.follower.caughtUp ? this.grabUnit.result({ ...request, qualificationId: '' }) : this.wait();
    return { answer: toMessage(0, answer) };
  }

  @GrpcMethod(SERVICE, 'DescribePools')
  describePools({ campaignId }: inventoryV1.DescribePoolsRequest): inventoryV1.DescribePoolsResponse {
    return {
      pools: this.grabUnit.describe(campaignId).map(({ pool, ...count }) => ({
        ...count,
        poolId: pool.poolId,
        stock: pool.stock,
      })),
    };
  }

  /** The decision, or WAIT when the budget runs out first: unknown is not failed. */
  private async decide(request: GrabRequest): Promise<GrabAnswer> {
    // Before the whole log is folded, "never heard of it" would be a guess.
    if (!this.follower.caughtUp) return this.wait();
    const decision = this.grabUnit.grab(request);
    if (!(decision instanceof Promise)) return decision;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<GrabAnswer>((resolve) => {
      timer = setTimeout(resolve, this.config.GRAB_BUDGET_MS, this.wait());
    });
    const answer = await Promise.race([decision, late]);
    clearTimeout(timer);
    return answer;
  }

  private wait(): GrabAnswer {
    return { outcome: 'WAIT', pollAfterMs: this.config.GRAB_POLL_AFTER_MS };
  }
}

/** Gathers answers for a moment, so that many leave in one frame. */
class AnswerWriter {
  private answers: inventoryV1.GrabAnswer[] = [];

  constructor(
    private readonly call: GrabCall,
    private readonly gatherMs: number,
  ) {}

  add(answer: inventoryV1.GrabAnswer): void {
    this.answers.push(answer);
    if (this.answers.length === 1) setTimeout(() => this.flush(), this.gatherMs);
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
