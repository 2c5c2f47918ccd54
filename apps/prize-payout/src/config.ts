import {
  durationMs,
  admissionShape,
  grpcShape,
  kafkaShape,
  mysqlShape,
  planShape,
  redisShape,
  serviceShape,
} from '@floodgate/nest-kit';
import { z } from 'zod';

const share = z.coerce.number().min(0).max(1);
const count = z.coerce.number().int().min(1);

/** The name of the ledger's schema; it goes into statements, so it may hold nothing but word characters. */
export const ledgerSchemaName = z
  .string()
  .regex(/^\w{1,64}$/, 'must be a schema name')
  .default('fg_ledger');

export const configSchema = z
  .object({
    ...serviceShape,
    ...grpcShape,
    ...admissionShape,
    ...mysqlShape,
    ...redisShape,
    ...kafkaShape,
    ...planShape,
    /** On the same server as MYSQL_URL; this service's account may only SELECT and INSERT there. */
    LEDGER_SCHEMA: ledgerSchemaName,
    /** What a client is told to wait between two looks at its payout. */
    PAYOUT_POLL_AFTER_MS: durationMs.default(3_000),
    /** How often booked payouts are looked for. */
    PAYER_POLL_EVERY_MS: durationMs.default(100),
    /** How many payouts one round hands to the channel, all at once. */
    PAYER_BATCH_MAX: count.max(1_000).default(64),
    /** How long the channel may take before a payout is asked about, and between two asks. */
    PAYOUT_ASK_AFTER_MS: durationMs.default(3_000),
    /** How often payouts with an overdue answer are looked for. */
    PAYOUT_CHASE_EVERY_MS: durationMs.default(500),
    /** From so many asks without a sure answer on, a case is open. */
    PAYOUT_ASKS_MAX: count.default(20),
    /** How often failed payouts are looked for, while the plan lets them be re-issued. */
    REISSUE_POLL_EVERY_MS: durationMs.default(1_000),
    /** How long a refused payout rests before it may be re-issued. */
    REISSUE_AFTER_MS: durationMs.default(2_000),
    /** After so many refusals a case is opened and the payout waits for a person. */
    PAYOUT_ATTEMPTS_MAX: count.default(10),
    /** The fake payment channel's database; there is no other channel yet. */
    CHANNEL_MYSQL_URL: mysqlShape.MYSQL_URL,
    /** Connections to the fake channel's database that an instance holds at most. */
    CHANNEL_POOL_SIZE: count.max(200).default(10),
    // How the fake channel misbehaves; see ChannelFaults.
    /** Of the fake channel's successes, the share whose answer is lost. */
    CHANNEL_ANSWER_LOST_SHARE: share.default(0),
    /** The share of requests that never reach the fake channel the first time. */
    CHANNEL_REQUEST_LOST_SHARE: share.default(0),
    /** The share of attempts that the fake channel refuses for sure. */
    CHANNEL_PAY_FAILURE_SHARE: share.default(0),
    /** How long every answer of the fake channel takes. */
    CHANNEL_LATENCY_MS: z.coerce.number().int().min(0).default(5),
  })
  .refine(({ PROFILE }) => PROFILE === 'development', {
    path: ['PROFILE'],
    message: 'the fake payment channel is the only one there is, and it runs in the development profile only',
  });

export type PrizePayoutConfig = z.infer<typeof configSchema>;
