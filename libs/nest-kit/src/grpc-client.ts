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
import { currentRequest } from './grpc-context';

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

/** A client of a generated service; spreads calls over all addresses that `address` resolves to. */
export function createGrpcClient<C extends Client>(
  service: ClientClass<C>,
  address: string,
  { silentMsMax = SILENT_MS_MAX }: GrpcClientOptions = {},
): C {
  return new service(address, credentials.createInsecure(), {
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
}

type UnaryMethod<Req, Res> = (
  request: Req,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Res) => void,
) => ClientUnaryCall;

/**
 * One unary call with a deadline, as a promise. A refusal arrives as the OutcomeError the service threw; a service that
 * is away, late or broken as TRY_LATER: whether it took effect is unknown, so retry with the same ids.
 */
export function callUnary<C extends Client, Req, Res>(
  client: C,
  method: UnaryMethod<Req, Res>,
  request: Req,
  deadlineMs: number,
): Promise<Res> {
  const metadata = new Metadata();
  const context = currentRequest();
  if (context) metadata.set(REQUEST_ID_KEY, context.requestId);
  return new Promise((resolve, reject) => {
    method.call(client, request, metadata, { deadline: Date.now() + deadlineMs }, (error, response) => {
      if (error) reject(fromServiceError(error));
      else resolve(response);
    });
  });
}

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
  const away = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.CANCELLED, status.RESOURCE_EXHAUSTED];
  if (away.includes(error.code)) return new OutcomeError('TRY_LATER', 'a service did not answer', { cause: error });
  return new OutcomeError('INTERNAL', '', { cause: error });
}

function first(metadata: Metadata | undefined, key: string): string | undefined {
  return metadata?.get(key)[0]?.toString();
}
