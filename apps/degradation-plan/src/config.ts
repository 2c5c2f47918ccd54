import {
  durationMs,
  grpcShape,
  identityShape,
  kafkaShape,
  mysqlShape,
  publicKeyOf,
  publicKeys,
  redisShape,
  serviceShape,
  signingKey,
} from '@floodgate/nest-kit';
import { z } from 'zod';

const schema = z.object({
  ...serviceShape,
  ...grpcShape,
  ...mysqlShape,
  ...redisShape,
  ...kafkaShape,
  ...identityShape,
  /** CAP_GROUP of the gateways where tokens are revoked: who is revoked there is refused here too. */
  REVOCATION_GROUP: z.string().min(1).default('gateway'),
  /** Signs plan snapshots and policy files: the 32 bytes of an Ed25519 key, base64url. No other app has it. */
  POLICY_SIGNING_KEY: signingKey,
  /** Public keys that plan snapshots are verified with, comma-separated: one, and while it is changed the old and the new one. */
  POLICY_PUBLIC_KEYS: publicKeys,
  /** How often it is checked that Redis holds the snapshot in force, and acknowledgements are fetched. */
  PLAN_PUSH_EVERY_MS: durationMs.default(1_000),
  /** After so long an instance that says nothing is forgotten. */
  ACKNOWLEDGEMENT_KEEP_MS: durationMs.default(3_600_000),
  /** A folder that a CDN's origin serves, for the signed policy files; `public` below STATE_DIR by default. */
  POLICY_FILE_DIR: z.string().min(1).optional(),
  /** Policy files are written at each change, and again after so long. */
  POLICY_FILE_EVERY_MS: durationMs.default(30_000),
  /** Requests of one address to the admin API. */
  ADMIN_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).default(300),
});

/** A service whose own snapshots nobody believes would put nothing into force. */
export const configSchema = schema.refine(
  (config) => config.POLICY_PUBLIC_KEYS.includes(publicKeyOf(config.POLICY_SIGNING_KEY)),
  { path: ['POLICY_PUBLIC_KEYS'], message: 'must hold the public key of POLICY_SIGNING_KEY' },
);

export type PlanConfig = z.infer<typeof configSchema>;
