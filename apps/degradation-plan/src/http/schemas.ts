import { type Plan } from '@floodgate/domain/degradation-plan';
import { isId } from '@floodgate/kernel';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

const id = z.string().refine(isId, 'must be 1 to 64 letters, digits, _ or -');
const share = z.number().min(0).max(1).describe('From 0, nobody, to 1, everybody.');
const durationMs = z.int().min(0).describe('Milliseconds.');
const cap = z.int().min(1).nullable().describe('Requests a second over the whole platform; null is no cap.');
const onOff = z.enum(['on', 'off']);

const caps = z.strictObject({ venue: cap, qualification: cap, grab: cap });
const drop = z.strictObject({
  shares: z.strictObject({ pay: share, grab: share, qualify: share, browse: share }),
  windowMs: durationMs,
});

/** The shape of a plan, unknown fields refused; whether it is sound is the domain's findPlanFault. */
export const planSchema = z.strictObject({
  title: z.string().min(1).max(200),
  rampDownMs: durationMs,
  manualTtlMs: durationMs,
  normal: z.strictObject({ pollIntervalMs: durationMs, caps }),
  tier1: z.strictObject({
    beforeMs: durationMs,
    afterMs: durationMs,
    entry: z.strictObject({
      offsetMs: z.int().describe('The release begins at T0 plus this; may be negative.'),
      releaseOverMs: durationMs,
      hiddenFromSignedOut: z.boolean(),
    }),
    caps,
    participateStatus: onOff,
    reissue: onOff,
    payoutQueued: z.boolean(),
    pageReduced: z.boolean(),
    pollIntervalMs: durationMs,
  }),
  tier2: z.strictObject({ serverDrop: drop, pollIntervalMs: durationMs }),
  tier3: z.strictObject({ clientDrop: drop, pollIntervalMs: durationMs }),
}) satisfies z.ZodType<Plan>;

export const draftPlanSchema = z.strictObject({
  plan: planSchema,
  basePlanNo: z.int().min(0).optional().describe('The published plan this one was written against.'),
});

const TTL_MS_MAX = 24 * 3_600_000;

export const setTierSchema = z.strictObject({
  tier: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  campaignId: id,
  ttlMs: z.int().min(1).max(TTL_MS_MAX).optional().describe('It reverts by itself after so many milliseconds.'),
  serverDropShare: share.optional(),
  clientDropShare: share.optional(),
  participateStatus: z.literal('off').optional(),
});

export const planParams = z.object({ planNo: z.coerce.number().int().min(1).max(4_294_967_295) });
export const campaignParams = z.object({ campaignId: id });
export const emptyBody = z.strictObject({}).optional().nullable();
export const auditQuery = z.strictObject({
  beforeId: z.coerce.number().int().min(1).default(Number.MAX_SAFE_INTEGER),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export class DraftPlanBody extends createZodDto(draftPlanSchema) {}
export class SetTierBody extends createZodDto(setTierSchema) {}
