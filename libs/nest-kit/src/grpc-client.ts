import { isOutcome, OutcomeError } from '@floodgate/kernel';
import {
  type CallOptions,
  type Client,
  type ClientUnaryCall,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { CURSOR_HEADER, CursorThrottle } from './admission/cursor-throttle';
import { CAMPAIGN_KEY, cursorText, LEVEL_KEY, pollAfterMsOf } from './admission/standing';
import { OutOfTime, timeLeftMs } from './deadline';
import { currentRequest, type RequestContext } from './grpc-context';
import { type Hop } from './hops';

export const OUTCOME_KEY = 'fg-outcome';
export const POLL_AFTER_KEY = 'fg-poll-after-ms';
export const FIELD_KEY = 'fg-field';
export const DETAIL_KEY = 'fg-detail-bin';
export const REQUEST_ID_KEY = 'x-request-id';

type ClientClass<C extends Client> = new (
  address: string,
  creds: ReturnType<typeof credentials.createInsecure>,
  options: object,
) => C;

export interface GrpcClientOptions {
  /** How long the other side may leave a connection with calls on it without a word before it is taken for gone; 40 s by default. */
  readonly silentMsMax?: number;
}

const SILENT_MS_MAX = 40_000;

// What callUnary has heard of the services behind these clients.
const throttles = new WeakMap<Client, CursorThrottle>();

/** A client of a generated service; spreads calls over all addresses that `address` resolves to. */
export function createGrpcClient<C extends Client>(
  service: ClientClass<C>,
  address: string,
  { silentMsMax = SILENT_MS_MAX }: GrpcClientOptions = {},
): C {
  const client = new service(address, credentials.createInsecure(), {
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
    // A ping every quarter of it, with the rest to answer: a busy process may take a while.
    'grpc.keepalive_time_ms': silentMsMax / 4,
    'grpc.keepalive_timeout_ms': (silentMsMax * 3) / 4,
    'grpc.initial_reconnect_backoff_ms': 200,
    'grpc.max_reconnect_backoff_ms': 2_000,
    // A name is looked up again at most so often; by default only after 30 s, in which a pod that moved is not found.
    'grpc.dns_min_time_between_resolutions_ms': 1_000,
    'grpc.max_receive_message_length': 16 * 1024 * 1024,
  });
  throttles.set(client, new CursorThrottle());
  return client;
}

type UnaryMethod<Req, Res> = (
  request: Req,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Res) => void,
) => ClientUnaryCall;

/**
 * One unary call as a promise, within its hop's budget (or so many milliseconds) and what is left of the request that is being served, which the
 * callee is told. A refusal arrives as the OutcomeError the service threw; a service that is away, late or broken as TRY_LATER: whether it took
 * effect is unknown, so retry with the same ids. Without time left it is OutOfTime, and what the service is known to be too hot for is TOO_HOT: nothing is
 * sent then.
 */
export async function callUnary<C extends Client, Req, Res>(
  client: C,
  method: UnaryMethod<Req, Res>,
  request: Req,
  budget: Hop | number,
): Promise<Res> {
  const hop = typeof budget === 'number' ? undefined : budget;
  const budgetMs = typeof budget === 'number' ? budget : budget.budgetMs;
  const leftMs = timeLeftMs(budgetMs);
  if (leftMs <= 0) {
    hop?.took(0, 'NOT_CALLED');
    throw new OutOfTime();
  }
  const context = currentRequest();
  const { level, campaignId } = context?.standing ?? {};
  if (level !== undefined && throttles.get(client)?.refuses(level, campaignId) === true) {
    hop?.took(0, 'NOT_CALLED');
    throw new OutcomeError('TOO_HOT', '', { pollAfterMs: pollAfterMsOf(level) });
  }
  const sentAt = performance.now();
  try {
    const response = await send(client, method, request, leftMs, context);
    hop?.took(performance.now() - sentAt, 'OK');
    return response;
  } catch (error) {
    const failure = fromServiceError(error as ServiceError);
    hop?.took(performance.now() - sentAt, failure.outcome);
    // Whoever asks for an answer sooner than anybody can give one has found out nothing about the callee.
    const isCutShort = (error as ServiceError).code === status.DEADLINE_EXCEEDED && leftMs < budgetMs;
    throw isCutShort ? new OutOfTime(error) : failure;
  }
}

function send<C extends Client, Req, Res>(
  client: C,
  method: UnaryMethod<Req, Res>,
  request: Req,
  leftMs: number,
  context: RequestContext | undefined,
): Promise<Res> {
  const metadata = new Metadata();
  const { requestId, standing } = context ?? {};
  if (requestId !== undefined) metadata.set(REQUEST_ID_KEY, requestId);
  if (standing !== undefined) {
    metadata.set(LEVEL_KEY, cursorText(standing.level));
    if (standing.campaignId !== '') metadata.set(CAMPAIGN_KEY, standing.campaignId);
  }
  return new Promise((resolve, reject) => {
    const call = method.call(client, request, metadata, { deadline: Date.now() + leftMs }, (error, response) => {
      if (error) reject(error);
      else resolve(response);
    });
    call.on('metadata', (told) => throttles.get(client)?.heard(first(told, CURSOR_HEADER), standing?.campaignId));
  });
}

const AWAY: ReadonlySet<status> = new Set([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.CANCELLED,
  status.RESOURCE_EXHAUSTED,
]);

/** A callee that ends in the middle of a call: grpc-js calls most of the ways in which a stream is torn INTERNAL, as if the callee had said so. */
function isTorn({ code, details }: ServiceError): boolean {
  if (code !== status.INTERNAL || !details.startsWith('Received RST_STREAM')) return false;
  // What went wrong on this side is no sign of the callee's end, but for a write to who was gone.
  return !details.includes('internal client error') || details.includes('write EPIPE');
}

/** The outcome that a failed call stands for: the callee's own, TRY_LATER if it has not answered, or INTERNAL. */
export function fromServiceError(error: ServiceError): OutcomeError {
  const outcome = first(error.metadata, OUTCOME_KEY);
  if (outcome !== undefined && isOutcome(outcome)) {
    const pollAfter = first(error.metadata, POLL_AFTER_KEY);
    const field = first(error.metadata, FIELD_KEY);
    return new OutcomeError(outcome, first(error.metadata, DETAIL_KEY) ?? '', {
      ...(pollAfter !== undefined && { pollAfterMs: Number(pollAfter) }),
      ...(field !== undefined && { field }),
      cause: error,
    });
  }
  if (AWAY.has(error.code) || isTorn(error))
    return new OutcomeError('TRY_LATER', 'a service did not answer', { cause: error });
  return new OutcomeError('INTERNAL', '', { cause: error });
}

function first(metadata: Metadata | undefined, key: string): string | undefined {
  return metadata?.get(key)[0]?.toString();
}
