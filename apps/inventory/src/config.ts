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

export const configSchema = z.object({
  ...serviceShape,
  ...grpcShape,
  ...admissionShape,
  ...mysqlShape,
  ...redisShape,
  ...kafkaShape,
  ...planShape,
  /** Brokers that must have a copy of the stock log, or the start fails; 3 in `production` and 1 in `development` by default. */
  STOCK_LOG_REPLICAS_MIN: z.coerce.number().int().min(1).optional(),
  /** Copies of a record that must exist before it counts as written; 2 in `production` and 1 in `development` by default. */
  STOCK_LOG_IN_SYNC_MIN: z.coerce.number().int().min(1).optional(),
  /** Unanswered grabs of one shard; beyond it new ones hear TOO_HOT. */
  WAITING_PER_SHARD_MAX: z.coerce.number().int().min(1).default(20_000),
  /** When a client that must wait, or finds nothing free for now, should ask again. */
  GRAB_POLL_AFTER_MS: durationMs.default(1_000),
  /** A proposal that has not reached the stock log after this time is given back to the shard. */
  PROPOSAL_TIMEOUT_MS: durationMs.default(10_000),
  /** Strategy local quota: how much more than its share an instance lets in, as a share of it; covers instances that die. */
  LOCAL_QUOTA_BUFFER: z.coerce.number().min(0).max(10).default(0.1),
  /** Strategy local quota: instances that serve one shard at the same time. One, as long as gateways agree on the first choice. */
  LOCAL_QUOTA_INSTANCES: z.coerce.number().int().min(1).max(100).default(1),
  /** Strategy local quota: after a refill that found nothing, Redis is not asked again for this time. */
  LOCAL_QUOTA_EMPTY_MS: durationMs.default(200),
  /** How long answers are gathered into one frame. */
  ANSWER_GATHER_MS: z.coerce.number().int().min(0).default(1),
});

export type Config = z.infer<typeof configSchema>;
