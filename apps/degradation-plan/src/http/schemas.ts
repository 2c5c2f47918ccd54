import { type Plan, PRIORITIES } from '@floodgate/domain/degradation-plan';
import { isId } from '@floodgate/kernel';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

const id = z.string().refine(isId, 'must be 1 to 64 letters, digits, _ or -');
const share = z.number().min(0).max(1).describe('From 0, nobody, to 1, everybody.');
const durationMs = z.int().min(0).describe('Milliseconds.');
const cap = z.int().min(1).nullable().describe('Requests a second over the whole platform; null is no cap.');
const onOff = z.enum(['on', 'off']);

const priority = z.enum(PRIORITIES);
const perSecond = z.int().min(1).nullable();
const consumer = z.strictObject({ eventsPerSecond: perSecond, concurrency: perSecond });
const consumers = z.strictObject({ payout: consumer, income: consumer, 'spent-qualifications': consumer });

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
  priorities: z.strictObject({
    venue: priority,
    entry: priority,
    task: priority,
    draw: priority,
    cards: priority,
    redeem: priority,
    qualification: priority,
    grab: priority,
    pay: priority,
  }),
  normal: z.strictObject({ pollIntervalMs: durationMs, caps, consumers }),
  tier1: z.strictObject({
    beforeMs: durationMs,
    afterMs: durationMs,
    entry: z.strictObject({
      offsetMs: z.int().describe('The release begins at T0 plus this; may be negative.'),
      releaseOverMs: durationMs,
      countdown: z.boolean(),
      hiddenFromSignedOut: z.boolean(),
    }),
    caps,
    room: z.strictObject({ open: onOff, beforeMs: durationMs, perSecond }),
    participateStatus: onOff,
    reissue: onOff,
    payoutQueued: z.boolean(),
    pageReduced: z.boolean(),
    challenge: onOff,
    lottery: z.strictObject({ drawnShare: share, roundMs: durationMs }),
    consumers,
    pollIntervalMs: durationMs,
  }),
  tier2: z.strictObject({ serverDrop: drop, challenge: onOff, pollIntervalMs: durationMs }),
  tier3: z.strictObject({ clientDrop: drop, pollIntervalMs: durationMs }),
}) satisfies z.ZodType<Plan>;

export const draftPlanSchema = z.strictObject({
  plan: planSchema,
  basePlanNo: z.int().min(0).optional().describe('The published plan this one was written against.'),
});

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');

export const editPlanSchema = draftPlanSchema.extend({
  hash: hash.describe('Of the plan as you read it.'),
  basePlanNo: z.int().min(0).optional().describe('Another published plan that it is now written against.'),
});

export const approvePlanSchema = z.strictObject({
  hash: hash.describe('Of the plan as you read it.'),
  basePlanNo: z.int().min(0).describe('The plan that you compared it with, as its difference tells.'),
});

const DRY_RUN_SECONDS_MAX = 60;

export const dryRunSchema = z.strictObject({
  campaignId: id,
  tier: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]).describe('0 leaves it to the timeline.'),
  seconds: z.int().min(1).max(DRY_RUN_SECONDS_MAX),
});

const TTL_MS_MAX = 24 * 3_600_000;

export const setTierSchema = z.strictObject({
  tier: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  campaignId: id,
  ttlMs: z.int().min(1).max(TTL_MS_MAX).optional().describe('It reverts by itself after so many milliseconds.'),
  serverDropShare: share.optional(),
  clientDropShare: share.optional(),
  participateStatus: z.literal('off').optional(),
  evenIfUnknown: z.boolean().default(false).describe('Also where this service has not heard of the campaign.'),
});

export const planParams = z.object({ planNo: z.coerce.number().int().min(1).max(4_294_967_295) });
export const dryRunParams = planParams.extend({ dryRunId: id });
export const diffQuery = z.strictObject({ from: z.coerce.number().int().min(1).max(4_294_967_295).optional() });
export const planListQuery = z.strictObject({
  beforePlanNo: z.coerce.number().int().min(1).default(Number.MAX_SAFE_INTEGER),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
export const campaignParams = z.object({ campaignId: id });
export const emptyBody = z.strictObject({}).optional().nullable();
export const auditQuery = z.strictObject({
  beforeId: z.coerce.number().int().min(1).default(Number.MAX_SAFE_INTEGER),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export class DraftPlanBody extends createZodDto(draftPlanSchema) {}
export class EditPlanBody extends createZodDto(editPlanSchema) {}
export class ApprovePlanBody extends createZodDto(approvePlanSchema) {}
export class DryRunBody extends createZodDto(dryRunSchema) {}
export class SetTierBody extends createZodDto(setTierSchema) {}
