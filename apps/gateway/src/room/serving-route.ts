import { LOG, sendProblem, toOutcomeError, validate } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, type RouteGenericInterface } from 'fastify';
import { type Logger } from 'pino';
import { type Campaign, CampaignCache } from '../campaign-cache';
import { isRoomApi, type RoomApi, roomParams } from './room-schemas';
import { Rooms } from './rooms';

interface ServingParams extends RouteGenericInterface {
  Params: { campaignId: string; api: string };
}
type ServingRequest = FastifyRequest<ServingParams>;

/** An answer as it goes over the wire, for everybody who asks within KEPT_MS. */
interface Kept {
  readonly api: RoomApi;
  /** Monotonic milliseconds. */
  readonly madeAt: number;
  readonly body: Promise<string>;
}

const SERVING_PATH = '/campaigns/:campaignId/room/:api/serving';
/** As often as a room beats. */
const KEPT_MS = 250;
const JSON_TYPE = 'application/json; charset=utf-8';
const FOR_EVERYBODY = 'public, max-age=1';

/**
 * GET of the serving number: public, and what is told is the same for everybody. A raw Fastify route whose answer is made four times a second, however
 * many ask and however many wait; a CDN may keep it for a second. It passes no step of admission: to refuse would cost more.
 */
@Injectable()
export class ServingRoute implements OnModuleInit {
  // A campaign's answers live as long as its campaign is known here.
  private readonly kept = new WeakMap<Campaign, Kept>();

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly campaigns: CampaignCache,
    private readonly rooms: Rooms,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  onModuleInit(): void {
    this.host.httpAdapter.getInstance<FastifyInstance>().route<ServingParams>({
      method: 'GET',
      url: SERVING_PATH,
      config: { noRequestContext: true },
      errorHandler: this.onError,
      handler: this.serve,
    });
  }

  private readonly serve = async (request: ServingRequest, reply: FastifyReply): Promise<string> => {
    const { campaignId, api } = request.params;
    const known = this.campaigns.peek(campaignId);
    const body = await (known && isRoomApi(api) ? this.bodyOf(known, api) : this.lookUp(request));
    void reply.header('cache-control', FOR_EVERYBODY).type(JSON_TYPE);
    return body;
  };

  private async lookUp({ params }: ServingRequest): Promise<string> {
    const { campaignId, api } = validate(roomParams, params);
    return this.bodyOf(await this.campaigns.get(campaignId), api);
  }

  private bodyOf(campaign: Campaign, api: RoomApi): Promise<string> {
    const nowMs = performance.now();
    const known = this.kept.get(campaign);
    if (known?.api === api && nowMs - known.madeAt < KEPT_MS) return known.body;
    const body = this.rooms.serving(campaign, api).then((answer) => JSON.stringify(answer));
    this.kept.set(campaign, { api, madeAt: nowMs, body });
    return body;
  }

  private readonly onError = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const error = toOutcomeError(thrown);
    if (error.outcome === 'INTERNAL') {
      this.log.error({ err: error.cause ?? error, requestId: request.id }, 'unexpected error');
    }
    sendProblem(reply, error, request.id);
  };
}
