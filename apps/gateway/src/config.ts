import {
  durationMs,
  grpcAddress,
  identityShape,
  planShape,
  redisShape,
  secret,
  serviceShape,
} from '@floodgate/nest-kit';
import { z } from 'zod';
import { frequencyRulesJson } from './limits/frequency-rules';
import { trustedProxies } from './limits/trusted-proxies';

const count = z.coerce.number().int().min(1);

/** The time over which excess is counted. */
const windowMs = durationMs;

export const configSchema = z.object({
  ...serviceShape,
  ...redisShape,
  ...planShape,
  ...identityShape,
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
  /** Signs tickets, passes and challenges; the same for all gateways. */
  TOKEN_SECRET: secret,
  /** Life of a development token. */
  DEV_TOKEN_TTL_MS: durationMs.default(24 * 3_600_000),
  /** How often published campaigns are asked for, so how late a gateway may know a new one. */
  CAMPAIGN_POLL_EVERY_MS: durationMs.default(1_000),
  /** How long who was let in past the plan's drop and lottery stays let in. */
  PASS_TTL_MS: durationMs.default(15 * 60_000),
  /** Requests, but for grabs, that wait at most until this gateway has time for them. */
  ADMISSION_QUEUE_MAX: count.default(1_000),
  /** Who has waited longer there is refused as TOO_HOT. */
  ADMISSION_WAIT_MS_MAX: durationMs.default(250),
  /** Longer on average is too hot: the lowest priorities are refused until it is shorter. Once it has been so for longer than ADMISSION_WAIT_MS_MAX, nobody of whom some are refused waits longer than this. */
  ADMISSION_WAIT_MS_TARGET: durationMs.default(10),
  /** Requests, but for grabs, that it serves at a time at most. */
  ADMISSION_IN_FLIGHT_MAX: count.default(2_000),
  /** Unanswered grabs this gateway holds at most; more are refused as TOO_HOT. */
  MAX_IN_FLIGHT: count.default(20_000),
  /** Unanswered grabs it holds at most of one inventory instance. */
  MAX_IN_FLIGHT_PER_INVENTORY: count.default(10_000),
  /** How long an inventory instance may stay silent before its shards' second choices get the grabs. */
  INVENTORY_SILENT_MS_MAX: durationMs.default(1_200),
  /** How long a grab answered as sold out for now speaks for its shard, and when people are told to look again. */
  SOLD_OUT_FLAG_MS: durationMs.default(1_500),
  /** How the platform's caps are kept. `share`: each gateway has a share, by who is there and what is asked of them; `bucket`: all lease tokens of each 100 ms in blocks. */
  CAP_MODE: z.enum(['share', 'bucket']).default('share'),
  /** Gateways with the same name share caps; their keys in Redis begin with it. */
  CAP_GROUP: z.string().min(1).default('gateway'),
  /** How much of a cap this gateway takes, against the others'. */
  CAP_WEIGHT: z.coerce.number().min(0.01).max(100).default(1),
  /** How long a table of shares holds: a multiple of 100 ms, the same everywhere. Who appears has a share after two of these at most. */
  CAP_ROUND_MS: durationMs.multipleOf(100).default(500),
  /** After two of these without a word a gateway's share goes to the others. */
  CAP_TTL_MS: durationMs.default(1_000),
  /** Keys that a cap's bucket is split into; the same everywhere. */
  CAP_SHARDS: count.max(256).default(4),
  /** Gateways there are at least: while Redis is away none takes more of a cap than its part of so many. */
  INSTANCE_COUNT: count.default(1),
  /** Frequency limits as a JSON list of {api, by, perMs, max}, until activity has others; the default depends on PROFILE. */
  FREQUENCY_RULES: frequencyRulesJson.optional(),
  /** Proxies in front, as addresses or CIDR blocks, comma-separated: only they are believed who the client is (X-Forwarded-For). */
  TRUSTED_PROXIES: trustedProxies,
  /** How often the blacklist and the frequency limits are asked for. */
  RISK_POLL_EVERY_MS: durationMs.default(1_000),
  /** So many times TOO_FREQUENT within EXCESS_WINDOW_MS, over all gateways, put a user or a device on the blacklist. */
  EXCESS_MAX: count.default(100),
  EXCESS_WINDOW_MS: windowMs.default(60_000),
  /** How long who is put there by that stays there. */
  LISTED_FOR_MS: durationMs.default(10 * 60_000),
  /** How long a challenge may take to be solved and used. */
  CHALLENGE_TTL_MS: durationMs.default(5 * 60_000),
  /** Hexadecimal zeros that a solved proof of work begins with: each is 16 times the work. */
  CHALLENGE_ZEROS: z.coerce.number().int().min(1).max(8).default(4),
  /** Rounds of hashing that an attempt at it takes, and a check too. */
  CHALLENGE_COST: count.max(1_000).default(1),
  /** Where a captcha's provider is asked whether a response is good; without it the challenge is a proof of work. */
  CAPTCHA_VERIFY_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** What pages show the captcha with. */
  CAPTCHA_SITE_KEY: z.string().min(1).optional(),
  /** Ours, at the captcha's provider. */
  CAPTCHA_SECRET: z.string().min(1).optional(),
  /** How long the provider may take to answer. */
  CAPTCHA_TIMEOUT_MS: durationMs.default(2_000),
  /** Streams of events that this gateway holds open at most; well below HTTP_CONNECTIONS_MAX. */
  EVENTS_CONNECTIONS_MAX: count.default(5_000),
  /** Streams of events that one person may have open at this gateway. */
  EVENTS_PER_USER_MAX: count.default(4),
  /** How often a stream is told that it is alive; in whole seconds. */
  EVENTS_HEARTBEAT_MS: durationMs.multipleOf(1_000).default(15_000),
  /** Requests of one client address to each of /admin/campaigns, /admin/risk, /admin/revocations and proofs of packets: 300, in development 60,000. */
  ADMIN_LIMIT_PER_MINUTE: count.optional(),
  /** Development tokens given to one client address: 1,000,000, since the route exists in development only. */
  SIGN_IN_LIMIT_PER_MINUTE: count.optional(),
});

export type Config = z.infer<typeof configSchema>;

export const CONFIG = Symbol('gateway config');
