import { type inventoryV1 } from '@floodgate/contracts';
import { type GrabAnswer, type GrabRequest, GrabUnit, PendingAnswer } from '@floodgate/domain/inventory';
import { Lifecycle } from '@floodgate/nest-kit';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod, GrpcStreamCall } from '@nestjs/microservices';
import { StockLogFollower } from '../adapters/stock-log-follower';
import { type Config } from '../config';
import { CONFIG } from '../tokens';
import { AnswerWriter, type GrabCall, toMessage } from './answer-writer';

const SERVICE = 'InventoryService';
/** Those who ask have given up by then. */
const READ_MS_MAX = 2_000;

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
      // Another log lies there than the one it read: nothing more is decided here, and the second choice serves.
      if (!this.follower.caughtUp) call.end();
      else for (const item of grabs) this.decide(item, writer);
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
      await this.follower.readToEnd(shard, READ_MS_MAX);
    } catch {
      // The log is away, or stands still, which its own client tells of: whether it knows the grab is unknown too.
      return this.wait();
    }
    return this.grabUnit.result(request);
  }

  private decide(item: inventoryV1.GrabItem, writer: AnswerWriter): void {
    const decision = this.grabUnit.grab(item);
    if (decision instanceof PendingAnswer) writer.addLater(item.seq, decision);
    else writer.add(item.seq, decision);
  }

  private wait(): GrabAnswer {
    return { outcome: 'WAIT', pollAfterMs: this.config.GRAB_POLL_AFTER_MS };
  }
}
