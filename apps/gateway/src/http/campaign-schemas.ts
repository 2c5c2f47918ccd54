import { HEX_32_PATTERN } from '@floodgate/domain/packets';
import { ID_PATTERN } from '@floodgate/kernel';
import { z } from 'zod';

const UINT32_MAX = 2 ** 32 - 1;

export const id = z.string().regex(ID_PATTERN, 'must be 1 to 64 of letters, digits, _ and -');
export const uint32 = z.int().min(0).max(UINT32_MAX);
/** Milliseconds since 1970 UTC. */
export const instantMs = z.int().min(0).meta({ description: 'Milliseconds since 1970 UTC, database time' });
export const amountFen = z.int().min(0).meta({ description: 'Money in fen (1/100 yuan)' });
const name = z.string().min(1).max(200);

export const settlement = z.enum(['ORDER', 'PAYOUT']);
export type Settlement = z.infer<typeof settlement>;

export const strategy = z.enum(['SHARDED_COUNTERS', 'LOCAL_QUOTA', 'UNIT_QUEUE', 'MEMORY']);

const timeline = z.strictObject({
  warmUpAtMs: instantMs,
  opensAtMs: instantMs,
  qualifyUntilMs: instantMs.optional(),
  splitAtMs: instantMs.optional(),
  closesAtMs: instantMs,
  settleByMs: instantMs,
});

const card = z.strictObject({ cardId: id, nameZh: name, nameEn: name, weight: uint32, budget: uint32 });
const task = z.strictObject({ taskId: id, nameZh: name, nameEn: name, draws: uint32 });
const price = z.strictObject({ priceFen: amountFen, payWithinMs: z.int().min(0) });
const packets = z.strictObject({
  mode: z.enum(['EQUAL', 'RANDOM', 'LEVELS']),
  totalFen: amountFen,
  minFen: amountFen.default(0),
  maxFen: amountFen.default(0),
  levels: z
    .array(z.strictObject({ amountFen, count: uint32 }))
    .max(100)
    .default([])
    .meta({ description: 'Mode LEVELS: so many packets of one amount each' }),
});
/** SHA-256 of a secret, or a secret of 32 bytes. */
export const hex32 = z.string().regex(HEX_32_PATTERN, 'must be 64 lower-case hex digits');
const commitment = hex32.meta({ description: 'SHA-256; docs/packets says of what' });
const pool = z.strictObject({
  poolId: id,
  stock: uint32,
  shards: uint32,
  strategy: strategy
    .default('SHARDED_COUNTERS')
    .meta({ description: 'How units are proposed; docs/concepts/admission-strategies.md says which to choose' }),
  settlement,
  sharePerQualified: z
    .boolean()
    .default(false)
    .meta({ description: 'One unit for everyone who qualifies in time: stock is 0 until they are counted' }),
  packets: packets.optional(),
  price: price.optional(),
});

const head = {
  campaignId: id,
  kind: z.enum(['CARD_SPLIT', 'TIMED_SALE']),
  titleZh: name,
  titleEn: name,
  timeline,
} as const;

/** What an operator sends. */
export const campaignSpec = z.strictObject({
  ...head,
  cards: z.array(card).max(100).default([]),
  tasks: z.array(task).max(100).default([]),
  pools: z.array(pool).max(100),
  authorCommitment: commitment
    .optional()
    .meta({ description: "SHA-256 of the author's secret; needed where there are packets" }),
});
export type CampaignSpec = z.infer<typeof campaignSpec>;

export const packetsView = packets.extend({
  commitment: commitment.optional().meta({ description: 'Fixes every amount from publishing on, and tells none' }),
});

/** What anyone may see. */
export const campaignView = z.object({
  ...head,
  state: z.enum(['DRAFT', 'PUBLISHED']),
  cards: z.array(card),
  tasks: z.array(task),
  pools: z.array(pool.extend({ packets: packetsView.optional() })),
  authorCommitment: commitment.optional(),
  approverCommitment: commitment.optional(),
});
export type CampaignView = z.infer<typeof campaignView>;
export type PoolView = CampaignView['pools'][number];
export type PacketsView = z.infer<typeof packetsView>;

/** A pool's units, from the fold of the stock log. */
export const poolCount = z.object({
  poolId: id,
  stock: uint32,
  free: uint32,
  held: uint32,
  inTransit: uint32,
  withdrawn: uint32,
  ready: z.boolean().meta({ description: 'Every shard is created and loaded' }),
});
