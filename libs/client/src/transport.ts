import { isOutcome, type Outcome } from '@floodgate/kernel';
import { type Fetch, type FetchAnswer } from './options';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** With placeholders. */
  readonly route: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** `unknown`: it may or may not have taken effect. */
export type Attempt =
  | {
      readonly kind: 'answer';
      readonly outcome: Outcome;
      readonly body: Readonly<Record<string, unknown>>;
      readonly policyVersion: number | undefined;
    }
  | { readonly kind: 'unknown'; readonly outcome: 'OFFLINE' | 'BAD_GATEWAY' | 'UNREADABLE' };

export interface Transport {
  readonly baseUrl: string;
  readonly token: string | undefined;
  readonly fetch: Fetch;
}

const POLICY_VERSION_HEADER = 'fg-policy-version';

/** Sends a request once. Never rejects: whatever is no answer of the platform's is an unknown. */
export async function attempt(transport: Transport, request: Request, timeoutMs: number): Promise<Attempt> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await read(await send(transport, request, signal));
  } catch {
    // fetch tells no error apart that would change what to do: the request may have arrived.
    return { kind: 'unknown', outcome: signal.aborted ? 'BAD_GATEWAY' : 'OFFLINE' };
  }
}

function send({ baseUrl, token, fetch }: Transport, request: Request, signal: AbortSignal): Promise<FetchAnswer> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  if (request.body !== undefined) headers['content-type'] = 'application/json';
  return fetch(`${baseUrl}${pathOf(request)}`, {
    method: request.method,
    headers,
    signal,
    ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
  });
}

function pathOf({ route, params, query }: Request): string {
  const path = route.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  return query === undefined ? path : `${path}?${new URLSearchParams(query).toString()}`;
}

async function read(answer: FetchAnswer): Promise<Attempt> {
  const text = await answer.text();
  // What a proxy says of a server it could not reach, even if it says it in JSON.
  if (answer.status === 502 || answer.status === 504) return { kind: 'unknown', outcome: 'BAD_GATEWAY' };
  const body = parse(text);
  const outcome = body?.['outcome'];
  if (!body || typeof outcome !== 'string' || !isOutcome(outcome)) return { kind: 'unknown', outcome: 'UNREADABLE' };
  const version = answer.headers.get(POLICY_VERSION_HEADER);
  return { kind: 'answer', outcome, body, policyVersion: version === null ? undefined : Number(version) };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
