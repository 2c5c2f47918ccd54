import { type activityV1, CampaignState, type inventoryV1, prizePayoutV1 } from '@floodgate/contracts';
import { PACKETS_VERSION } from '@floodgate/domain/packets';
import { fen, OutcomeError } from '@floodgate/kernel';
import { callUnary, type NonCriticalCall, NonCriticalCalls } from '@floodgate/nest-kit';
import { Controller, Get, Param, Query, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import { mayAnotherTell } from '../grab/inventory-instances';
import { type InventoryClient, Services } from '../services';
import { packetsView } from './campaign-json';
import { ColdRouteGuard, SIGN_IN } from './cold-routes';
import { LookingOn } from './looking-on';
import { GrantedPacketsAnswer, GrantedPacketsQuery, PacketsAnswer, PoolParams } from './packets-schemas';

/** What anyone needs to check a pool's packets; docs/packets says how. Public, and also after settlement. */
@ApiTags('packets')
@SkipThrottle({ [SIGN_IN]: true })
@UseGuards(ColdRouteGuard)
@UseInterceptors(LookingOn)
@Controller('campaigns/:campaignId/pools/:poolId/packets')
export class PacketsController {
  private readonly payoutCount: NonCriticalCall;

  constructor(
    private readonly services: Services,
    calls: NonCriticalCalls,
  ) {
    this.payoutCount = calls.of('prize-payout.count-payouts');
  }

  /**
   * Terms and commitment with the time it stood in the stock log; seed and secrets once the pool is closed and each of its
   * grants has arrived at prize-payout. WAIT until the commitment is recorded.
   */
  @Get()
  @ApiOkResponse({ type: PacketsAnswer })
  async packets(@Param() id: PoolParams): Promise<PacketsAnswer> {
    const commitments = await this.commitments(id);
    const { inventory, hops } = this.services;
    const described = await firstOf(inventory, (client) =>
      callUnary(client, client.describePackets, id, hops.inventoryRead),
    );
    const { pool, opensAtMs, closesAtMs, committedAtMs, granted } = described;
    if (pool?.packets === undefined) throw new Error('inventory answered without packets');
    const { seed, authorSecret, approverSecret } = pool.packets;
    const isRevealed = described.closed && (await this.arePaid(id, granted));
    return {
      outcome: 'OK',
      packets: {
        version: PACKETS_VERSION,
        ...id,
        stock: pool.stock,
        ...packetsView(pool.packets),
        ...commitments,
        t0Ms: Number(opensAtMs),
        closesAtMs: Number(closesAtMs),
        committedAtMs: Number(committedAtMs),
        ...(isRevealed && { revealed: { seed, authorSecret, approverSecret, granted } }),
      },
    };
  }

  /** The packets that people got, from a number on, without the people; WAIT until the campaign's pools are closed. */
  @Get('granted')
  @ApiOkResponse({ type: GrantedPacketsAnswer })
  async granted(
    @Param() id: PoolParams,
    @Query() { fromUnitNo, limit }: GrantedPacketsQuery,
  ): Promise<GrantedPacketsAnswer> {
    const { inventory, hops } = this.services;
    const request = { ...id, fromUnitNo, limit };
    const { packets } = await firstOf(inventory, (client) =>
      callUnary(client, client.listPackets, request, hops.inventoryRead),
    );
    return { outcome: 'OK', packets: packets.map((packet) => ({ ...packet, amountFen: fen(packet.amountFen) })) };
  }

  /** What author and approver committed to. Throws for a pool that is not published, or has no packets. */
  private async commitments({ campaignId, poolId }: PoolParams): Promise<Commitments> {
    const { activity, hops } = this.services;
    const request: activityV1.GetCampaignRequest = { campaignId };
    const { campaign } = await callUnary(activity, activity.getCampaign, request, hops.activity);
    if (!campaign?.approverCommitment || campaign.state !== CampaignState.CAMPAIGN_STATE_PUBLISHED) {
      throw new OutcomeError('NO_SUCH_CAMPAIGN', 'no published campaign with packets has this id');
    }
    if (!campaign.pools.some((pool) => pool.poolId === poolId && pool.packets !== undefined)) {
      throw new OutcomeError('INVALID_REQUEST', 'poolId: no pool with packets has this id', { field: 'poolId' });
    }
    const { authorCommitment, approverCommitment } = campaign;
    return { authorCommitment, approverCommitment };
  }

  // Not critical: without it the packets are shown, and their seed is not revealed yet.
  private async arePaid(id: PoolParams, granted: number): Promise<boolean> {
    const { prizePayout, hops } = this.services;
    const request = prizePayoutV1.CountPayoutsRequest.fromPartial(id);
    const counted = await this.payoutCount.ask(() =>
      callUnary(prizePayout, prizePayout.countPayouts, request, hops.payoutCount),
    );
    return counted !== undefined && counted.count >= granted;
  }
}

// As many as the table of budgets has time for.
const INSTANCES_ASKED = 2;

interface Commitments {
  readonly authorCommitment: string;
  readonly approverCommitment: string;
}

/** Any instance can tell: they read the same register. The first of two whose answer is not that it cannot just now. */
async function firstOf<T>(
  instances: readonly InventoryClient[],
  ask: (client: inventoryV1.InventoryServiceClient) => Promise<T>,
): Promise<T> {
  let failure: unknown = new OutcomeError('TRY_LATER', 'there is no inventory');
  for (const { client } of instances.slice(0, INSTANCES_ASKED)) {
    try {
      return await ask(client);
    } catch (error) {
      if (!mayAnotherTell(error)) throw error;
      failure = error;
    }
  }
  throw failure;
}
