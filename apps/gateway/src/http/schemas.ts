import { ROLES } from '@floodgate/nest-kit';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { amountFen, campaignSpec, campaignView, hex32, id, instantMs, poolCount, uint32 } from './campaign-schemas';

const ok = { outcome: z.literal('OK') } as const;
const none = z.strictObject({});

export class EmptyBody extends createZodDto(none) {}
export class CampaignParams extends createZodDto(z.object({ campaignId: id })) {}
export class TaskParams extends createZodDto(z.object({ campaignId: id, taskId: id })) {}
export class GrabParams extends createZodDto(z.object({ campaignId: id, poolId: id, grabId: id })) {}
export class OrderParams extends createZodDto(z.object({ orderId: id })) {}

export class TokenBody extends createZodDto(
  z.strictObject({ userId: id, roles: z.array(z.enum(ROLES)).max(ROLES.length).default(['participant']) }),
) {}
export class TokenAnswer extends createZodDto(z.object({ ...ok, token: z.string() })) {}

export class CampaignBody extends createZodDto(campaignSpec) {}
export class ApprovalBody extends createZodDto(
  z.strictObject({ commitment: hex32.meta({ description: "SHA-256 of the approver's secret" }) }),
) {}
export class SecretBody extends createZodDto(
  z.strictObject({ secret: hex32.meta({ description: '32 random bytes, of which the commitment is the SHA-256' }) }),
) {}
export class CampaignAnswer extends createZodDto(z.object({ ...ok, campaign: campaignView })) {}
export class AdminCampaignAnswer extends createZodDto(
  z.object({
    ...ok,
    campaign: campaignView,
    pools: z.array(poolCount),
    ready: z
      .boolean()
      .meta({ description: 'Published, known to the gateway that answers, and every pool can be grabbed from' }),
  }),
) {}

export class VenueAnswer extends createZodDto(
  z.object({
    ...ok,
    ...campaignView.omit({ state: true }).shape,
    nowMs: instantMs,
    remaining: z.record(z.string(), uint32).meta({
      description:
        'Units free by pool, less than a second old; of the last tenth only that it is no more than a tenth. Without pools of which nothing is known now',
    }),
    availability: z
      .record(z.string(), z.enum(['PLENTY', 'FEW', 'NONE']))
      .meta({ description: 'By pool: FEW from a tenth of the stock on; NONE may be over again when units come back' }),
    reduced: z.boolean().meta({ description: 'Show only what the moment needs' }),
  }),
) {}

export class EntryAnswer extends createZodDto(
  z.object({ ...ok, status: z.object({ tasksCompleted: uint32, qualified: z.boolean() }).optional() }),
) {}
export class CompletionAnswer extends createZodDto(z.object({ ...ok, completionId: z.string(), draws: uint32 })) {}

export class DrawBody extends createZodDto(z.strictObject({ drawId: id })) {}
export class DrawAnswer extends createZodDto(z.object({ ...ok, cardId: id, drawsLeft: uint32 })) {}
export class CardsAnswer extends createZodDto(
  z.object({
    ...ok,
    cards: z.array(z.object({ cardId: id, count: uint32 })),
    drawsLeft: uint32,
    setComplete: z.boolean(),
    redeemed: z.boolean(),
  }),
) {}
export class RedemptionAnswer extends createZodDto(z.object({ ...ok, redemptionId: z.string() })) {}
export class QualificationAnswer extends createZodDto(
  z.object({ ...ok, qualificationId: z.string(), poolId: id, token: z.string() }),
) {}

const payout = z.object({
  payoutId: z.string(),
  campaignId: id,
  poolId: id,
  grabId: id,
  amountFen,
  state: z.enum(['BOOKED', 'SENT', 'SETTLED', 'FAILED']).meta({ description: 'SETTLED: the money has arrived' }),
  attempts: uint32,
});
export class PayoutAnswer extends createZodDto(z.object({ ...ok, payout })) {}

const order = z.object({
  orderId: z.string(),
  campaignId: id,
  poolId: id,
  grabId: id,
  unitNo: uint32,
  priceFen: amountFen,
  state: z.enum(['PENDING', 'PAID', 'CANCELLED', 'EXPIRED']),
  expiresAtMs: instantMs,
  checkoutToken: z.string().optional().meta({ description: 'While PENDING: pays this order, once' }),
});
export type OrderView = z.infer<typeof order>;
export type PayoutView = z.infer<typeof payout>;
export class OrderAnswer extends createZodDto(z.object({ ...ok, order })) {}
export class PaymentBody extends createZodDto(
  z.strictObject({
    paymentId: id,
    checkoutToken: z.string().max(1_024).default('').meta({
      description:
        'As the order showed it. Order decides what a missing one means: whose time is up hears ORDER_EXPIRED',
    }),
  }),
) {}

export class PolicyQuery extends createZodDto(z.strictObject({ campaignId: id })) {}
const toldPolicy = {
  policyVersion: uint32,
  nowMs: instantMs,
  policy: z.looseObject({ tier: z.int().min(0).max(3) }).meta({ description: 'What holds now for this campaign' }),
  snapshot: z
    .looseObject({})
    .meta({ description: 'The plan in force and the tiers set by hand: clients evaluate it themselves' }),
};
export class PolicyAnswer extends createZodDto(
  z.object({
    ...ok,
    ...toldPolicy,
    signed: z.string().meta({
      description: 'The snapshot as the plan service signed it, to be passed on; empty for the built-in plan',
    }),
  }),
) {}

const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  outcome: z.string().meta({ description: 'One of the closed list; see the reference of outcomes' }),
  detail: z.string().optional(),
  field: z.string().optional(),
  pollAfterMs: z.int().optional(),
  message: z.object({ zh: z.string(), en: z.string() }),
  requestId: z.string().optional(),
  policy: z.object(toldPolicy).optional().meta({
    description:
      'As GET /policy tells it, where admission refuses a client whose header fg-policy-version names an older one',
  }),
});
export class ProblemAnswer extends createZodDto(problem) {}
