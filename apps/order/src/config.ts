import {
  durationMs,
  admissionShape,
  grpcShape,
  kafkaShape,
  mysqlShape,
  planShape,
  redisShape,
  secret,
  serviceShape,
} from '@floodgate/nest-kit';
import { z } from 'zod';

const share = z.coerce.number().min(0).max(1);

export const configSchema = z
  .object({
    ...serviceShape,
    ...grpcShape,
    ...admissionShape,
    /** Calls that it serves at a time at most. Many: a payment waits for the channel most of its time, and orders are read meanwhile. */
    ADMISSION_IN_FLIGHT_MAX: z.coerce.number().int().min(1).default(2_000),
    ...mysqlShape,
    ...redisShape,
    ...kafkaShape,
    ...planShape,
    /** Signs checkout tokens. */
    TOKEN_SECRET: secret,
    /** The time to pay where the grant names none. */
    ORDER_PAY_WITHIN_MS: durationMs.default(300_000),
    /** What a client is told to wait between two looks at its order. */
    ORDER_POLL_AFTER_MS: durationMs.default(3_000),
    /** How often orders are looked for whose time is up. */
    EXPIRY_POLL_EVERY_MS: durationMs.default(500),
    /** How many orders one look ends at most. */
    EXPIRY_BATCH_MAX: z.coerce.number().int().min(1).max(5_000).default(500),
    /** How often payments without a sure answer are looked for. */
    PAYMENT_CHASE_EVERY_MS: durationMs.default(500),
    /** How long the channel may take before a payment is asked about, and between two asks. */
    PAYMENT_ASK_AFTER_MS: durationMs.default(3_000),
    /** From so many asks without a sure answer on, a payment is reported as stuck. */
    PAYMENT_ASKS_MAX: z.coerce.number().int().min(1).default(20),
    /** The fake payment channel's database; there is no other channel yet. */
    CHANNEL_MYSQL_URL: mysqlShape.MYSQL_URL,
    /** Connections to the fake channel's database that an instance holds at most. */
    CHANNEL_POOL_SIZE: z.coerce.number().int().min(1).max(200).default(10),
    // How the fake channel misbehaves; see ChannelFaults.
    /** Of the fake channel's successes, the share whose answer is lost. */
    CHANNEL_ANSWER_LOST_SHARE: share.default(0),
    /** The share of requests that never reach the fake channel the first time. */
    CHANNEL_REQUEST_LOST_SHARE: share.default(0),
    /** The share of attempts that the fake channel refuses for sure. */
    CHANNEL_COLLECT_FAILURE_SHARE: share.default(0),
    /** How long every answer of the fake channel takes. */
    CHANNEL_LATENCY_MS: z.coerce.number().int().min(0).default(5),
  })
  .refine(({ PROFILE }) => PROFILE === 'development', {
    path: ['PROFILE'],
    message: 'the fake payment channel is the only one there is, and it runs in the development profile only',
  });

export type OrderConfig = z.infer<typeof configSchema>;
