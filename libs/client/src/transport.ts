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

/** What the servers say beside an answer; undefined where they say nothing. */
export interface Told {
  readonly policyVersion: number | undefined;
  /** The lowest that the server now takes, `priority:level`. */
  readonly cursor: string | undefined;
  /** Who was let in keeps it and sends it from then on. */
  readonly pass: string | undefined;
}

/** `unknown`: it may or may not have taken effect. */
export type Attempt =
  | {
      readonly kind: 'answer';
      readonly outcome: Outcome;
      readonly body: Readonly<Record<string, unknown>>;
      readonly told: Told;
    }
  | { readonly kind: 'unknown'; readonly outcome: 'OFFLINE' | 'BAD_GATEWAY' | 'UNREADABLE' };

export interface Transport {
  readonly baseUrl: string;
  readonly fetch: Fetch;
  /** Names in lower case; those that are undefined are not sent. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

const JSON_TYPE = 'application/json';

/** Sends a request once. Never rejects: whatever is no answer of the platform's is an unknown. */
export async function attempt(transport: Transport, request: Request, timeoutMs: number): Promise<Attempt> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), timeoutMs);
  try {
    return await read(await send(transport, request, timeoutMs, over.signal));
  } catch {
    // fetch tells no error apart that would change what to do: the request may have arrived.
    return { kind: 'unknown', outcome: over.signal.aborted ? 'BAD_GATEWAY' : 'OFFLINE' };
  } finally {
    clearTimeout(timer);
  }
}

function send(
  { baseUrl, headers, fetch }: Transport,
  request: Request,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<FetchAnswer> {
  const { method, body } = request;
  return fetch(`${baseUrl}${pathOf(request)}`, {
    method,
    headers: present({
      accept: JSON_TYPE,
      // Nobody need go on with a request whose asker is gone.
      'fg-deadline-ms': String(timeoutMs),
      'content-type': body && JSON_TYPE,
      ...headers,
    }),
    signal,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** Without what is undefined. */
export function present(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given = (entry: [string, string | undefined]): entry is [string, string] => entry[1] !== undefined;
  return Object.fromEntries(Object.entries(headers).filter(given));
}

export function pathOf({ route, params, query }: Pick<Request, 'route' | 'params' | 'query'>): string {
  const path = route.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  return query === undefined ? path : `${path}?${new URLSearchParams(query).toString()}`;
}

async function read(answer: FetchAnswer): Promise<Attempt> {
  const text = await answer.text();
  // What a proxy says of a server it could not reach, even if it says it in JSON.
  if (answer.status === 502 || answer.status === 504) return { kind: 'unknown', outcome: 'BAD_GATEWAY' };
  const body = parseObject(text);
  const outcome = body?.['outcome'];
  if (!body || typeof outcome !== 'string' || !isOutcome(outcome)) return { kind: 'unknown', outcome: 'UNREADABLE' };
  const header = (name: string) => answer.headers.get(name) ?? undefined;
  const version = header('fg-policy-version');
  const policyVersion = version === undefined ? undefined : Number(version);
  return {
    kind: 'answer',
    outcome,
    body,
    told: { policyVersion, cursor: header('fg-cursor'), pass: header('fg-pass') },
  };
}

/** The object that a JSON text is; undefined for any other text. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
