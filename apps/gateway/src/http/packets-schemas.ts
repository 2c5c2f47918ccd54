import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { amountFen, hex32, id, instantMs, packetsView, uint32 } from './campaign-schemas';

const PAGE_MAX = 10_000;

export class PoolParams extends createZodDto(z.object({ campaignId: id, poolId: id })) {}

const revealed = z.object({ seed: hex32, authorSecret: hex32, approverSecret: hex32, granted: uint32 });

export class PacketsAnswer extends createZodDto(
  z.object({
    outcome: z.literal('OK'),
    packets: packetsView.extend({
      version: z.string().meta({ description: 'Names the rules by which the packets are cut' }),
      campaignId: id,
      poolId: id,
      stock: uint32,
      authorCommitment: hex32,
      approverCommitment: hex32,
      t0Ms: instantMs,
      closesAtMs: instantMs,
      committedAtMs: instantMs.meta({ description: 'When the commitment stood in the stock log' }),
      revealed: revealed.optional().meta({ description: 'Once the pool is closed and all that was granted is booked' }),
    }),
  }),
) {}

export class GrantedPacketsQuery extends createZodDto(
  z.strictObject({
    fromUnitNo: z.coerce
      .number()
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .default(0),
    limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(1_000),
  }),
) {}
export class GrantedPacketsAnswer extends createZodDto(
  z.object({
    outcome: z.literal('OK'),
    packets: z.array(
      z.object({
        unitNo: uint32,
        amountFen,
        withdrawn: z.boolean().meta({ description: 'Taken back; its money stayed in the pool' }),
      }),
    ),
  }),
) {}
