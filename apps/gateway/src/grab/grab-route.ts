import { type Clock } from '@floodgate/kernel';
import {
  callUnary,
  CLOCK,
  LOG,
  Metrics,
  type Refusal,
  sendProblem,
  toOutcomeError,
  validate,
} from '@floodgate/nest-kit';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, type RouteGenericInterface } from 'fastify';
import { type Logger } from 'pino';
import { type Counter, type Histogram } from 'prom-client';
import { refusal } from '../admission/gate';
import { SoldOutFlags } from '../admission/sold-out-flags';
import { type Campaign } from '../campaign-cache';
import { type Config, CONFIG } from '../config';
import { Services } from '../services';
import {
  type Admission,
  type AdmittedGrab,
  GRAB_BODY_BYTES_MAX,
  GrabAdmission,
  type GrabHead,
  type GrabStep,
} from './grab-admission';
import { type GrabResult, toGrabResult } from './grab-answer';
import { grabBody } from './grab-schemas';
import { type GrabReply } from './inventory-stream';
import { InventoryStreams } from './inventory-streams';
import { openQualification } from './qualification';

interface GrabParams extends RouteGenericInterface {
  Params: { campaignId: string; poolId: string; grabId: string };
}
type GrabRequest = FastifyRequest<GrabParams>;

/** What a grab came to, and which step of the way said so. */
type Step = GrabStep | 'body' | 'qualification' | 'stream' | 'inventory';

export const GRAB_PATH = '/campaigns/:campaignId/pools/:poolId/grabs/:grabId';

// A grab without an answer is asked about again soon: the person is looking at the screen.
const UNKNOWN_POLL_AFTER_MS = 1_000;
const ASK_AGAIN = refusal('WAIT', UNKNOWN_POLL_AFTER_MS, 'ask again with the same grabId');
const ADMITTED = Symbol('what phase one admitted');

/**
 * PUT and GET of a grab, as raw Fastify routes: phase one refuses in onRequest, before Nest's pipeline and before the body
 * is read, because the refused are many times the admitted.
 */
@Injectable()
export class GrabRoute implements OnModuleInit {
  private readonly answers: Counter<'step' | 'outcome'>;
  private readonly seconds: Histogram;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly admission: GrabAdmission,
    private readonly streams: InventoryStreams,
    private readonly soldOut: SoldOutFlags,
    private readonly services: Services,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.answers = metrics.counter('grab_answers_total', 'Grabs by outcome and the step that decided it.', [
      'step',
      'outcome',
    ]);
    this.seconds = metrics.histogram('grab_seconds', 'From an admitted grab to its answer.');
  }

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.decorateRequest(ADMITTED, undefined);
    const common = { url: GRAB_PATH, bodyLimit: GRAB_BODY_BYTES_MAX, errorHandler: this.onError };
    fastify.route<GrabParams>({ ...common, method: 'PUT', onRequest: this.admit, handler: this.grab });
    fastify.route<GrabParams>({
      ...common,
      method: 'GET',
      exposeHeadRoute: false,
      onRequest: this.admitResult,
      handler: this.readResult,
    });
  }

  private readonly admit = (request: GrabRequest, reply: FastifyReply, done: () => void): void => {
    const head = headOf(request);
    const known = this.admission.peek(head);
    if (known) {
      this.proceed(this.admission.admit(head, known), request, reply, done);
      return;
    }
    this.admission.find(head).then(
      (found: Campaign | undefined) => this.proceed(this.admission.admit(head, found), request, reply, done),
      (error: unknown) => this.refuse(request, reply, 'window', toOutcomeError(error)),
    );
  };

  private readonly admitResult = (request: GrabRequest, reply: FastifyReply, done: () => void): void => {
    this.proceed(this.admission.admitResult(headOf(request)), request, reply, done);
  };

  private proceed<T>(admission: Admission<T>, request: GrabRequest, reply: FastifyReply, done: () => void): void {
    if (!admission.ok) {
      this.refuse(request, reply, admission.step, admission.refusal);
      return;
    }
    request.setDecorator(ADMITTED, admission.value);
    done();
  }

  private readonly grab = async (request: GrabRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const admitted = request.getDecorator<AdmittedGrab>(ADMITTED);
    const { campaignId, poolId, grabId } = request.params;
    const { qualification } = validate(grabBody, request.body ?? {});
    const qualificationId = this.qualificationId(admitted, qualification);
    if (qualificationId === undefined) return this.refuse(request, reply, 'qualification', refusal('NOT_QUALIFIED'));
    const stop = this.seconds.startTimer();
    const item = { campaignId, poolId, userId: admitted.user.userId, grabId, qualificationId };
    const answer = await this.streams.grab(item);
    stop();
    return this.answer(request, reply, admitted, answer);
  };

  /** Empty in a sale, which needs none; undefined when one is needed and does not hold. */
  private qualificationId({ campaign, pool, user }: AdmittedGrab, token: string | undefined): string | undefined {
    if (campaign.view.kind !== 'CARD_SPLIT') return '';
    if (token === undefined) return undefined;
    const use = { user, campaignId: campaign.view.campaignId, poolId: pool.poolId };
    return openQualification(token, use, this.config.TOKEN_SECRET, this.clock.nowMs());
  }

  private answer(
    request: GrabRequest,
    reply: FastifyReply,
    { campaign, pool }: AdmittedGrab,
    grab: GrabReply,
  ): FastifyReply {
    switch (grab.kind) {
      case 'full':
        return this.refuse(request, reply, 'stream', refusal('TOO_HOT'));
      case 'unknown':
        return this.refuse(request, reply, 'stream', ASK_AGAIN);
      case 'answer': {
        const result = toGrabResult(grab.answer, request.params.grabId);
        if (result.kind === 'refusal') {
          const { outcome } = result.refusal;
          if (outcome === 'SOLD_OUT' || outcome === 'SOLD_OUT_FOR_NOW') this.soldOut.learn(campaign, pool, outcome);
        }
        return this.send(request, reply, result);
      }
    }
  }

  private readonly readResult = async (request: GrabRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { userId } = request.getDecorator<{ userId: string }>(ADMITTED);
    const client = this.streams.chosenClient;
    const { answer } = await callUnary(client, client.getGrab, { ...request.params, userId }, this.services.budgetMs);
    if (!answer) return this.refuse(request, reply, 'inventory', refusal('UNKNOWN_GRAB', UNKNOWN_POLL_AFTER_MS));
    return this.send(request, reply, toGrabResult(answer, request.params.grabId));
  };

  private send(request: GrabRequest, reply: FastifyReply, result: GrabResult): FastifyReply {
    if (result.kind === 'refusal')
      return this.refuse(request, reply, 'inventory', this.orNotYet(request, result.refusal));
    this.count(request, 'inventory', result.view.outcome);
    return reply.header('cache-control', 'no-store').send(result.view);
  }

  // It is published, so inventory has only not read its log that far, and may yet find there that this grab has won.
  private orNotYet({ params }: GrabRequest, why: Refusal): Refusal {
    const isPublished = this.admission.peek(params)?.pools.has(params.poolId) === true;
    return why.outcome === 'NO_SUCH_CAMPAIGN' && isPublished ? ASK_AGAIN : why;
  }

  private refuse(request: GrabRequest, reply: FastifyReply, step: Step, why: Refusal): FastifyReply {
    this.count(request, step, why.outcome);
    sendProblem(reply, why, request.id);
    return reply;
  }

  // Result reads are not grabs: counted, they would make the funnel wider than the crowd.
  private count(request: GrabRequest, step: Step, outcome: Refusal['outcome']): void {
    if (request.method === 'PUT') this.answers.inc({ step, outcome });
  }

  private readonly onError = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const error = toOutcomeError(thrown);
    if (error.outcome === 'INTERNAL') this.log.error({ err: error.cause ?? error }, 'unexpected error');
    if (request.method === 'PUT') this.answers.inc({ step: 'body', outcome: error.outcome });
    sendProblem(reply, error, request.id);
  };
}

function headOf({ params, headers }: GrabRequest): GrabHead {
  const { campaignId, poolId, grabId } = params;
  return { campaignId, poolId, grabId, contentLength: headers['content-length'], authorization: headers.authorization };
}
