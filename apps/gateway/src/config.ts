import { durationMs, grpcAddress, planShape, redisShape, secret, serviceShape } from '@floodgate/nest-kit';
import { z } from 'zod';

const count = z.coerce.number().int().min(1);

export const configSchema = z.object({
  ...serviceShape,
  ...redisShape,
  ...planShape,
  ACTIVITY_GRPC: grpcAddress,
  CARD_COLLECTION_GRPC: grpcAddress,
  /**
   * Every inventory instance by its own address, comma-separated. The same list on every gateway: the first choice of each shard is
   * chosen among these names.
   */
  INVENTORY_GRPC: z
    .string()
    .transform((list) => list.split(','))
    .pipe(z.array(grpcAddress).min(1)),
  ORDER_GRPC: grpcAddress,
  PRIZE_PAYOUT_GRPC: grpcAddress,
  JWT_SECRET: secret,
  TOKEN_SECRET: secret,
  /** Life of a development token. */
  DEV_TOKEN_TTL_MS: durationMs.default(24 * 3_600_000),
  /** How long a call to a service may take before the client is told to try later. */
  CALL_BUDGET_MS: durationMs.default(2_000),
  CAMPAIGN_POLL_EVERY_MS: durationMs.default(1_000),
  /** How long a grab may wait for its answer before the client is told to ask again with the same grabId. */
  GRAB_BUDGET_MS: durationMs.default(3_000),
  /** Unanswered grabs this gateway holds at most; more are refused as TOO_HOT. */
  MAX_IN_FLIGHT: count.default(20_000),
  /** Unanswered grabs it holds at most of one inventory instance. */
  MAX_IN_FLIGHT_PER_INVENTORY: count.default(10_000),
  /** How long an inventory instance may stay silent before its shards' second choices get the grabs. */
  INVENTORY_SILENT_MS_MAX: durationMs.default(1_200),
  /** How long a grab answered as sold out for now speaks for its shard, and when people are told to look again. */
  SOLD_OUT_FLAG_MS: durationMs.default(1_500),
  /** Gateways that share the platform's caps evenly. */
  INSTANCE_COUNT: count.default(1),
  /** Requests of one client address to /admin; the default depends on PROFILE. */
  ADMIN_LIMIT_PER_MINUTE: count.optional(),
  /** Development tokens given to one client address; the default depends on PROFILE. */
  SIGN_IN_LIMIT_PER_MINUTE: count.optional(),
});

export type Config = z.infer<typeof configSchema>;

export const CONFIG = Symbol('gateway config');
