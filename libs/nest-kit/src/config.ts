import { z } from 'zod';
import { budgetShape, budgetsIn, findBudgetMisfit } from './budgets';

/** A TCP port of a listener. */
export const port = z.coerce.number().int().min(1).max(65_535);

/** A duration or interval in milliseconds. */
export const durationMs = z.coerce.number().int().min(1);

/** A shared secret: long enough that guessing is hopeless. */
export const secret = z.string().min(32);

export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** What every service is configured with. Spread the shapes a service needs into its own z.object. */
export const serviceShape = {
  /** Development tokens, gRPC reflection and the fake payment channel exist in `development` only. */
  PROFILE: z.enum(['development', 'production']).default('production'),
  /** Port of health, metrics and whatever HTTP the app serves. */
  HTTP_PORT: port,
  /** Address that HTTP listens on. */
  HTTP_HOST: z.string().min(1).default('0.0.0.0'),
  /** HTTP connections that are open at most; more are closed at once. Each takes a file descriptor: `ulimit -n` must allow 512 more. */
  HTTP_CONNECTIONS_MAX: z.coerce.number().int().min(1).default(16_000),
  /** How long a client may take to send the head of a request, its first one from the moment it connects. */
  HTTP_HEAD_MS_MAX: durationMs.default(5_000),
  /** How long a client may take to send a whole request. */
  HTTP_REQUEST_MS_MAX: durationMs.default(10_000),
  /** How long a connection may be idle between two requests; longer than a load balancer in front keeps it. */
  HTTP_IDLE_MS_MAX: durationMs.default(65_000),
  /** The least severe level that is logged. */
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Distinguishes the instances of one service; random by default. */
  INSTANCE_ID: z.string().min(1).optional(),
  /** A folder of this instance's own, for the plan's snapshot. */
  STATE_DIR: z.string().min(1).default('./state'),
  /** How long a stopping instance may take to finish what is in flight. */
  SHUTDOWN_GRACE_MS: durationMs.default(10_000),
  /** How often the offset to database time is measured. */
  CLOCK_SYNC_EVERY_MS: durationMs.default(10_000),
  ...budgetShape,
} as const;

export const grpcShape = {
  /** Port of the gRPC listener. */
  GRPC_PORT: port,
  /** Address that gRPC listens on. */
  GRPC_HOST: z.string().min(1).default('0.0.0.0'),
} as const;

export const mysqlShape = {
  /** The service's own schema, `mysql://user:password@host:port/schema`. */
  MYSQL_URL: z.url({ protocol: /^mysql$/ }),
  /** Connections that an instance holds at most. */
  MYSQL_POOL_SIZE: z.coerce.number().int().min(1).max(200).default(10),
} as const;

const isRedisUrl = (text: string) => z.url({ protocol: /^rediss?$/ }).safeParse(text).success;

export const redisShape = {
  /** `redis://` or, encrypted, `rediss://`; several, comma-separated, are nodes of a Redis Cluster to begin with. */
  REDIS_URL: z
    .string()
    .refine((urls) => urls.split(',').every(isRedisUrl), 'must be redis:// or rediss://, several separated by commas'),
} as const;

export const kafkaShape = {
  /** host:port of one or more brokers, comma-separated. */
  KAFKA_BROKERS: z.string().regex(/^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/, 'must be host:port, comma-separated'),
  /** How long the broker may take to answer a request before it is sent again. */
  KAFKA_REQUEST_TIMEOUT_MS: durationMs.default(10_000),
  /** How long a consumer may be silent before its partitions are given to others. */
  CONSUMER_SESSION_MS: durationMs.default(10_000),
  /** How long messages may wait for a consumer without a sign of life from it, while Kafka and MySQL answer; then liveness fails. */
  CONSUMER_STUCK_AFTER_MS: durationMs.default(30_000),
  /** How often the outbox is looked at. */
  OUTBOX_POLL_EVERY_MS: durationMs.default(50),
} as const;

/** How users and operators are recognised by their tokens: startIdentities. */
export const identityShape = {
  /** Signs the tokens of development; without IDENTITY_JWKS_URL your login signs with it too (HS256). */
  JWT_SECRET: secret,
  /** Where the integrator's login publishes its keys (JWKS); then tokens signed with JWT_SECRET are taken in development only. */
  IDENTITY_JWKS_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Who must have issued a token. */
  IDENTITY_ISSUER: z.string().min(1).optional(),
  /** For whom a token must have been issued. */
  IDENTITY_AUDIENCE: z.string().min(1).optional(),
  /** What the header `typ` of a token must say. */
  IDENTITY_TYPE: z.string().min(1).default('at+jwt'),
  /** How often the keys are read again; sooner when a token names one that is not known, but never twice within 30 s. */
  IDENTITY_REFRESH_EVERY_MS: durationMs.default(5 * 60_000),
  /** How often revoked tokens and users are read. */
  REVOCATION_POLL_EVERY_MS: durationMs.default(2_000),
} as const;

/** host:port of another service's gRPC listener, or a dns:/// name. */
export const grpcAddress = z.string().regex(/^\S+:\d+$/, 'must be host:port');

/** A configuration that does not hold, as one readable line. */
export class ConfigError extends Error {}

/** Checks `source` against `schema`; throws ConfigError naming every variable that is wrong or missing, never showing its value, or the budgets that do not fit. */
export function parseConfig<T>(schema: z.ZodType<T>, source: Record<string, string | undefined>): T {
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));
  const result = schema.safeParse(present);
  if (!result.success) {
    const wrong = result.error.issues.map((issue) => complaintOf(issue, present));
    throw new ConfigError(`configuration: ${wrong.join('; ')}`);
  }
  const budgets = budgetsIn(result.data);
  const misfit = budgets && findBudgetMisfit(budgets);
  if (misfit !== undefined) throw new ConfigError(`configuration: ${misfit}`);
  return result.data;
}

function complaintOf(
  { path, message, code }: z.core.$ZodIssue,
  present: Readonly<Record<string, string | undefined>>,
): string {
  const name = path.join('.');
  if (path.length > 0 && code === 'invalid_type') {
    if (present[String(path[0])] === undefined) return `${name} is missing`;
    // What zod says of a number that is none is "expected number, received NaN".
    if (message.endsWith('received NaN')) return `${name}: must be a number`;
  }
  return `${name}: ${message}`;
}

/** The process's configuration, parsed once at start. A wrong value: one line on stderr and exit 1. */
export function loadConfig<T>(schema: z.ZodType<T>): T {
  try {
    return parseConfig(schema, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
