import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Clock, isId } from '@floodgate/kernel';
import {
  bearerToken,
  CLOCK,
  Lifecycle,
  LOG,
  Metrics,
  PlanFollower,
  type Refusal,
  requestIdOf,
  toOutcomeError,
} from '@floodgate/nest-kit';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyInstance } from 'fastify';
import { type Logger } from 'pino';
import { Gate, refusal } from '../admission/gate';
import { PhaseOne } from '../admission/phase-one';
import { RefusalCounts } from '../admission/refusal-counts';
import { Walk } from '../admission/walk';
import { type Campaign, CampaignCache } from '../campaign-cache';
import { PreparedRefusal, RawAnswers } from '../grab/raw-answer';
import { POLICY_VERSION_HEADER } from '../http/policy-version';
import { type Admitted, EventConnections, SECOND_MS } from './event-connections';
import { EventNews } from './event-news';

const EVENTS_PATH = '/events';
const POLL_AFTER_MS = 30_000;

const NOT_GET = new PreparedRefusal(refusal('INVALID_REQUEST', undefined, 'events are read with GET'));
const NO_ID = new PreparedRefusal({
  ...refusal('INVALID_REQUEST', undefined, 'campaignId: is no id'),
  field: 'campaignId',
});
// Whoever gets no stream asks from time to time, as everybody did before there were any.
const NO_ROOM: Readonly<Record<Exclude<Admitted, 'open'>, PreparedRefusal>> = {
  full: new PreparedRefusal(refusal('TOO_HOT', POLL_AFTER_MS, 'this server has streams enough')),
  'too-many': new PreparedRefusal(refusal('TOO_FREQUENT', POLL_AFTER_MS, 'this person has streams enough')),
};

/** Which step of the way refused a stream, and how. */
interface Refused {
  readonly step: string;
  readonly why: Refusal;
}

/**
 * GET /events?campaignId=: one stream of server-sent events for a session. Admitted once, here, by the order of refusal; it ends when the token does. Taken
 * ahead of Fastify, whose request and reply would stay in memory for as long as the stream: what is kept besides Node's own is 0.4 KB.
 */
@Injectable()
export class EventsDoor implements OnModuleInit {
  readonly connections: EventConnections;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly campaigns: CampaignCache,
    private readonly news: EventNews,
    private readonly follower: PlanFollower,
    private readonly gate: Gate,
    private readonly phaseOne: PhaseOne,
    private readonly refusals: RefusalCounts,
    private readonly answers: RawAnswers,
    private readonly lifecycle: Lifecycle,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.connections = news.connections;
    metrics.gauge('event_streams', 'Open streams of events.', [], (gauge) => gauge.set(this.connections.open));
  }

  onModuleInit(): void {
    const { server } = this.host.httpAdapter.getInstance<FastifyInstance>();
    const handlers = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      const [path, query] = (request.url ?? '').split('?', 2);
      if (path === EVENTS_PATH && server.listening) {
        void this.answer(request, response, new URLSearchParams(query).get('campaignId') ?? '');
        return;
      }
      for (const handle of handlers) handle.call(server, request, response);
    });
    const timer = setInterval(() => this.connections.tick(this.clock.nowMs()), SECOND_MS);
    this.lifecycle.onStop(() => {
      clearInterval(timer);
      this.connections.endAll();
    });
  }

  /** Never rejects. */
  private async answer(request: IncomingMessage, response: ServerResponse, campaignId: string): Promise<void> {
    let refused: Refused | undefined;
    try {
      refused = await this.admit(request, response, campaignId);
    } catch (error) {
      const why = toOutcomeError(error);
      if (why.outcome === 'INTERNAL') this.log.error({ err: why.cause ?? why }, 'unexpected error');
      refused = { step: 'asking', why };
    }
    if (refused === undefined) return;
    this.refusals.add('events', refused.step, refused.why.outcome);
    this.answers.refuseOn(response, refused.why, requestIdOf(request));
  }

  /** Opens the stream, or says why not. */
  private async admit(
    request: IncomingMessage,
    response: ServerResponse,
    campaignId: string,
  ): Promise<Refused | undefined> {
    if (request.method !== 'GET') return { step: 'route-and-size', why: NOT_GET };
    if (!isId(campaignId)) return { step: 'route-and-size', why: NO_ID };
    const campaign = this.campaigns.peek(campaignId) ?? (await this.campaigns.find(campaignId));
    const walk = new Walk('events', request, { campaignId, poolId: '', grabId: '' }, campaign, this.gate);
    const why = await this.phaseOne.refuse(walk);
    if (why) return { step: walk.refusedAt ?? '', why };
    const token = bearerToken(request.headers.authorization);
    if (!campaign || !walk.user || token === undefined) throw new Error('phase one let in a stream of nobody');
    const { userId } = walk.user;
    const room = this.connections.room(userId);
    if (room !== 'open') return { step: room, why: NO_ROOM[room] };
    // Whoever has gone meanwhile will not be heard to go again.
    if (!response.destroyed) this.open(response, campaign, { userId, campaignId, expiresAtMs: expiryOf(token) });
    return undefined;
  }

  private open(
    response: ServerResponse,
    campaign: Campaign,
    who: { userId: string; campaignId: string; expiresAtMs: number },
  ): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      connection: 'close',
      // Proxies that gather answers would keep events back.
      'x-accel-buffering': 'no',
      [POLICY_VERSION_HEADER]: String(this.follower.snapshot.version),
    });
    this.connections.add(response, who);
    for (const bytes of this.news.first(campaign)) response.write(bytes);
  }
}

/** Of a token that has been verified, milliseconds since 1970 UTC. */
function expiryOf(token: string): number {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp: number };
  return claims.exp * SECOND_MS;
}
