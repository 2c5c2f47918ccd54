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
  mode: z.enum(['EQUAL', 'RANDOM']),
  totalFen: amountFen,
  minFen: amountFen,
  maxFen: amountFen,
});
const pool = z.strictObject({
  poolId: id,
  stock: uint32,
  shards: uint32,
  strategy: strategy
    .default('SHARDED_COUNTERS')
    .meta({ description: 'How units are proposed; docs/concepts/admission-strategies.md says which to choose' }),
  settlement,
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

/** What an operator sends. The seed of packets is taken in and never shown. */
export const campaignSpec = z.strictObject({
  ...head,
  cards: z.array(card).max(100).default([]),
  tasks: z.array(task).max(100).default([]),
  pools: z.array(pool.extend({ packets: packets.extend({ seed: z.string().min(1).max(200) }).optional() })).max(100),
});
export type CampaignSpec = z.infer<typeof campaignSpec>;

/** What anyone may see. */
export const campaignView = z.object({
  ...head,
  state: z.enum(['DRAFT', 'PUBLISHED']),
  cards: z.array(card),
  tasks: z.array(task),
  pools: z.array(pool),
});
export type CampaignView = z.infer<typeof campaignView>;
export type PoolView = CampaignView['pools'][number];

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
