import { durationMs, grpcShape, kafkaShape, mysqlShape, redisShape, secret, serviceShape } from '@floodgate/nest-kit';
import { z } from 'zod';

export const configSchema = z.object({
  ...serviceShape,
  ...grpcShape,
  ...mysqlShape,
  ...redisShape,
  ...kafkaShape,
  /** Verifies operators' tokens. */
  JWT_SECRET: secret,
  /** Signs plan snapshots. */
  POLICY_SECRET: secret,
  /** How often it is checked that Redis holds the snapshot in force, and acknowledgements are fetched. */
  PLAN_PUSH_EVERY_MS: durationMs.default(1_000),
  /** After so long an instance that says nothing is forgotten. */
  ACKNOWLEDGEMENT_KEEP_MS: durationMs.default(3_600_000),
  /** Requests of one address to the admin API. */
  ADMIN_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).default(300),
});

export type PlanConfig = z.infer<typeof configSchema>;
