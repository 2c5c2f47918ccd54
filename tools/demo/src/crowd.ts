import { setTimeout as sleep } from 'node:timers/promises';
import { type Fetch, FloodgateClient, type PolicyStore, RetryBudget } from '@floodgate/client';
import { Agent, request } from 'undici';
import { type Person } from './choices';
import { type ClientLog } from './client-log';
import { type Scene } from './scene';
import { type Sightings } from './sightings';
import { type Tally } from './tally';

/** What everyone in the crowd shares. */
export interface Crowd {
  readonly scene: Scene;
  readonly tally: Tally;
  readonly log: ClientLog;
  readonly sightings: Sightings;
  readonly baseUrl: string;
  readonly fetch: Fetch;
  readonly policies: PolicyStore;
  /** Database time minus this machine's, in milliseconds. */
  readonly offsetMs: number;
}

const CONNECTIONS_MAX = 256;
const KEEP_ALIVE_MS = 30_000;
/** A person keeps trying through the restart of a killed app. */
const ATTEMPTS_MAX = 8;
/** Above the SDK's default, because waiting for one of the connections counts as well. */
const ATTEMPT_MS_MAX = 15_000;

/**
 * Requests go out over a bounded number of connections that are kept; the rest wait here, and their latency shows it. Over
 * undici's request, which costs a third of its fetch.
 */
export function keepAliveFetch(): { readonly fetch: Fetch; close(): Promise<void> } {
  const dispatcher = new Agent({ connections: CONNECTIONS_MAX, keepAliveTimeout: KEEP_ALIVE_MS });
  return {
    fetch: async (url, { method, headers, body, signal }) => {
      const answer = await request(url, {
        dispatcher,
        method,
        headers,
        ...(body !== undefined && { body }),
        ...(signal && { signal }),
      });
      const header = (name: string) => {
        const value = answer.headers[name];
        return Array.isArray(value) ? value.join(', ') : (value ?? null);
      };
      return { status: answer.statusCode, headers: { get: header }, text: () => answer.body.text() };
    },
    close: () => dispatcher.close(),
  };
}

/** A person's client, which notes every attempt in the tally and the client log. */
export function clientOf(crowd: Crowd, person: Person, token?: string): FloodgateClient {
  const counts = new Map<string, number>();
  return new FloodgateClient({
    baseUrl: crowd.baseUrl,
    fetch: crowd.fetch,
    policies: crowd.policies,
    random: person.random,
    attemptsMax: ATTEMPTS_MAX,
    retryBudget: new RetryBudget({ start: ATTEMPTS_MAX }),
    attemptTimeoutMs: ATTEMPT_MS_MAX,
    grabJitterMs: crowd.scene.spreadMs,
    ...(token !== undefined && { token }),
    onAttempt: ({ method, route: path, params, outcome, latencyMs, sent }) => {
      const route = routeName(method, path);
      const { campaignId = '', poolId, grabId } = params;
      const counted = `${campaignId} ${route}`;
      const attempt = (counts.get(counted) ?? 0) + 1;
      counts.set(counted, attempt);
      crowd.tally.attempt(route, outcome, latencyMs);
      if (route === 'grab' && sent) {
        const answeredMs = Date.now() + crowd.offsetMs;
        crowd.sightings.grabs.push({ campaignId, outcome, sentMs: answeredMs - latencyMs, answeredMs });
      }
      crowd.log.attempt({
        userId: person.userId,
        campaignId,
        ...(poolId !== undefined && { poolId }),
        ...(grabId !== undefined && { grabId }),
        route,
        attempt,
        outcome,
        latencyMs,
      });
    },
  });
}

const ROUTE_NAMES: Readonly<Record<string, string>> = {
  'POST /dev/tokens': 'sign in',
  'GET /campaigns/{campaignId}/venue': 'venue',
  'GET /campaigns/{campaignId}/entry': 'entry',
  'POST /campaigns/{campaignId}/tasks/{taskId}/completions': 'task',
  'POST /campaigns/{campaignId}/draws': 'draw',
  'POST /campaigns/{campaignId}/redemptions': 'redeem',
  'GET /campaigns/{campaignId}/qualification': 'qualification',
  'PUT /campaigns/{campaignId}/pools/{poolId}/grabs/{grabId}': 'grab',
  'GET /campaigns/{campaignId}/pools/{poolId}/grabs/{grabId}': 'grab result',
  'GET /campaigns/{campaignId}/pools/{poolId}/grabs/{grabId}/payout': 'payout',
  'GET /campaigns/{campaignId}/pools/{poolId}/grabs/{grabId}/order': 'order',
  'POST /orders/{orderId}/payments': 'pay',
  'POST /orders/{orderId}/cancellation': 'cancel',
};

const routeName = (method: string, path: string) => ROUTE_NAMES[`${method} ${path}`] ?? `${method} ${path}`;

/** Waits for an instant of database time. */
export async function until({ offsetMs }: Crowd, instantMs: number): Promise<void> {
  const waitMs = instantMs - (Date.now() + offsetMs);
  if (waitMs > 0) await sleep(waitMs);
}
