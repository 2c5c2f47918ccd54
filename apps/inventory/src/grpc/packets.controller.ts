import { poolMessage } from '@floodgate/adapters/stock-log';
import { type inventoryV1 } from '@floodgate/contracts';
import { type PacketProof, packetProof } from '@floodgate/domain/inventory';
import { isId, OutcomeError } from '@floodgate/kernel';
import { DATA_SOURCE, validate } from '@floodgate/nest-kit';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { type DataSource } from 'typeorm';
import { z } from 'zod';
import { countGrantedPackets, listGrantedPackets } from '../adapters/mysql-granted-packets';
import { readShards } from '../adapters/mysql-recorded-shards';

const SERVICE = 'InventoryService';
const POLL_AFTER_MS = 5_000;
const LIMIT_MAX = 10_000;

const id = z.string().refine(isId, 'must be 1 to 64 of letters, digits, - and _');
const poolRequest = z.object({ campaignId: id, poolId: id });
const listRequest = poolRequest.extend({
  fromUnitNo: z.int().min(0),
  limit: z.int().min(1).max(LIMIT_MAX),
});

/** What anyone needs to check a pool's packets, out of the unit register: only what the recorder has passed is told. */
@Controller()
export class PacketsController {
  constructor(@Inject(DATA_SOURCE) private readonly dataSource: DataSource) {}

  @GrpcMethod(SERVICE, 'DescribePackets')
  async describe(request: inventoryV1.DescribePacketsRequest): Promise<inventoryV1.DescribePacketsResponse> {
    const id = validate(poolRequest, request);
    const { pool, committedAtMs, closed } = await this.proof(id);
    const message = poolMessage(pool);
    return {
      // Until then the seed stays here.
      pool: closed ? message : { ...message, packets: message.packets && { ...message.packets, ...UNTOLD } },
      opensAtMs: String(pool.opensAtMs),
      closesAtMs: String(pool.closesAtMs),
      committedAtMs: String(committedAtMs),
      closed,
      granted: closed ? await countGrantedPackets(this.dataSource, id) : 0,
    };
  }

  @GrpcMethod(SERVICE, 'ListPackets')
  async list(request: inventoryV1.ListPacketsRequest): Promise<inventoryV1.ListPacketsResponse> {
    const { fromUnitNo, limit, ...id } = validate(listRequest, request);
    const { closed } = await this.proof(id);
    if (!closed) throw new OutcomeError('WAIT', 'the pools are not closed yet', { pollAfterMs: POLL_AFTER_MS });
    const packets = await listGrantedPackets(this.dataSource, id, fromUnitNo, limit);
    return { packets: packets.map((packet) => ({ ...packet, amountFen: String(packet.amountFen) })) };
  }

  private async proof({ campaignId, poolId }: { campaignId: string; poolId: string }): Promise<PacketProof> {
    const proof = packetProof(await readShards(this.dataSource, campaignId), poolId);
    if (proof === undefined) {
      throw new OutcomeError('WAIT', 'the packets of this pool are not recorded', { pollAfterMs: POLL_AFTER_MS });
    }
    return proof;
  }
}

const UNTOLD = { seed: '', authorSecret: '', approverSecret: '' } as const;
