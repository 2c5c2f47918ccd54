import { type Clock, OutcomeError } from '@floodgate/kernel';
import {
  callUnary,
  CLOCK,
  deadlineOf,
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
import { type Histogram } from 'prom-client';
import { refusal } from '../admission/gate';
import { BODY_BYTES_MAX } from '../admission/own-steps';
import { StockLevels } from '../admission/stock-levels';
import { type Config, CONFIG } from '../config';
import { AwaitedResults } from '../events/awaited-results';
import { RoomKeeper } from '../room/room-keeper';
import { Services } from '../services';
import { type Admission, type AdmittedGrab, type AdmittedRead, GrabAdmission, type Step } from './grab-admission';
import { type GrabResult, toGrabResult } from './grab-answer';
import { GrabCounts } from './grab-counts';
import { grabBody } from './grab-schemas';
import { InventoryInstances, mayAnotherTell } from './inventory-instances';
import { type GrabAnswer, type GrabReply } from './inventory-stream';
import { openQualification } from './qualification';
import { PreparedRefusal, RawAnswers } from './raw-answer';

const ADMITTED = Symbol('what phase one admitted');

interface GrabParams extends RouteGenericInterface {
  Params: { campaignId: string; poolId: string; grabId: string };
}
type GrabRequest = FastifyRequest<GrabParams> & { [ADMITTED]?: AdmittedGrab | AdmittedRead };
type Decision = Admission<AdmittedGrab | AdmittedRead>;

export const GRAB_PATH = '/campaigns/:campaignId/pools/:poolId/grabs/:grabId';

// A grab without an answer is asked about again soon: the person is looking at the screen.
const UNKNOWN_POLL_AFTER_MS = 1_000;
const ASK_AGAIN = new PreparedRefusal(refusal('WAIT', UNKNOWN_POLL_AFTER_MS, 'ask again with the same grabId'));
const NOT_QUALIFIED = new PreparedRefusal(refusal('NOT_QUALIFIED'));
const TOO_HOT = new PreparedRefusal(refusal('TOO_HOT'));
const UNKNOWN_GRAB = new PreparedRefusal(refusal('UNKNOWN_GRAB', UNKNOWN_POLL_AFTER_MS));

// The first choice and, when that does not answer, the second.
const READ_CHOICES = 2;

/**
 * PUT and GET of a grab, as raw Fastify routes: phase one refuses in onRequest, before Nest's pipeline and before the body
 * is read, because the refused are many times the admitted. No promise and no request context on the way of a PUT.
 */
@Injectable()
export class GrabRoute implements OnModuleInit {
  private readonly seconds: Histogram;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly admission: GrabAdmission,
    private readonly inventory: InventoryInstances,
    private readonly levels: StockLevels,
    private readonly services: Services,
    private readonly answers: RawAnswers,
    private readonly counts: GrabCounts,
    private readonly rooms: RoomKeeper,
    private readonly awaited: AwaitedResults,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Logger,
    metrics: Metrics,
  ) {
    this.seconds = metrics.histogram('grab_seconds', 'From an admitted grab to its answer.');
  }

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.decorateRequest(ADMITTED, undefined);
    const common = { url: GRAB_PATH, bodyLimit: BODY_BYTES_MAX, errorHandler: this.onError };
    fastify.route<GrabParams>({
      ...common,
      method: 'PUT',
      config: { noRequestContext: true },
      onRequest: this.admit,
      handler: this.grab,
    });
    fastify.route<GrabParams>({
      ...common,
      method: 'GET',
      exposeHeadRoute: false,
      onRequest: this.admitResult,
      handler: this.readResult,
    });
  }

  private readonly admit = (request: GrabRequest, reply: FastifyReply, done: () => void): void => {
    const { raw, params } = request;
    const known = this.admission.peek(params);
    if (known) {
      this.decide(this.admission.admit(raw, params, known), request, reply, done);
      return;
    }
    this.admission.find(params).then(
      (found) => this.decide(this.admission.admit(raw, params, found), request, reply, done),
      (error: unknown) => this.refuse(request, reply, 'window', toOutcomeError(error)),
    );
  };

  private readonly admitResult = (request: GrabRequest, reply: FastifyReply, done: () => void): void => {
    const { raw, params } = request;
    this.decide(this.admission.admitResult(raw, params, this.admission.peek(params)), request, reply, done);
  };

  private decide(
    admission: Decision | Promise<Decision>,
    request: GrabRequest,
    reply: FastifyReply,
    done: () => void,
  ): void {
    if (!(admission instanceof Promise)) return this.proceed(admission, request, reply, done);
    admission.then(
      (known) => this.proceed(known, request, reply, done),
      (error: unknown) => this.onError(error, request, reply),
    );
  }

  private proceed(admission: Decision, request: GrabRequest, reply: FastifyReply, done: () => void): void {
    if (!admission.ok) {
      this.refuse(request, reply, admission.step, admission.refusal);
      return;
    }
    request[ADMITTED] = admission.value;
    done();
  }

  private readonly grab = (request: GrabRequest, reply: FastifyReply): void => {
    const admitted = request[ADMITTED] as AdmittedGrab;
    const { campaignId, poolId, grabId } = request.params;
    const { qualification } = validate(grabBody, request.body ?? {});
    const qualificationId = this.qualificationId(admitted, qualification);
    if (qualificationId === undefined) {
      this.refuse(request, reply, 'qualification', NOT_QUALIFIED);
      return;
    }
    const sentAt = performance.now();
    const { userId } = admitted.user;
    this.rooms.noteTried(campaignId);
    const onReply = (answer: GrabReply) => {
      const tookMs = performance.now() - sentAt;
      this.seconds.observe(tookMs / 1_000);
      this.services.hops.grab.saw(tookMs);
      this.answer(request, reply, admitted, answer);
    };
    const deadlineAt = deadlineOf(request.headers, this.config.BUDGET_GRAB_MS, sentAt);
    admitted.instance.stream.grab({ campaignId, poolId, userId, grabId, qualificationId }, onReply, deadlineAt);
  };

  /** Empty in a sale, which needs none; undefined when one is needed and does not hold. */
  private qualificationId({ campaign, pool, user }: AdmittedGrab, token: string | undefined): string | undefined {
    if (campaign.view.kind !== 'CARD_SPLIT') return '';
    if (token === undefined) return undefined;
    const use = { user, campaignId: campaign.view.campaignId, poolId: pool.poolId };
    return openQualification(token, use, this.config.TOKEN_SECRET, this.clock.nowMs());
  }

  private answer(request: GrabRequest, reply: FastifyReply, { user, pool, home }: AdmittedGrab, grab: GrabReply): void {
    switch (grab.kind) {
      case 'full':
        return this.refuse(request, reply, 'stream', TOO_HOT);
      case 'unknown':
        this.awaited.unknown({ ...request.params, userId: user.userId });
        return this.refuse(request, reply, 'stream', ASK_AGAIN);
      case 'answer': {
        if (reply.raw.destroyed) this.awaited.unheard({ ...request.params, userId: user.userId }, grab.answer);
        this.rooms.noteAnswered(request.params.campaignId);
        const result = toGrabResult(grab.answer, request.params.grabId);
        if (result.kind === 'refusal') {
          const { outcome } = result.refusal;
          if (outcome === 'SOLD_OUT' || outcome === 'SOLD_OUT_FOR_NOW') this.levels.learn(pool, home.shardNo, outcome);
        }
        return this.send(request, reply, result);
      }
    }
  }

  private readonly readResult = async (request: GrabRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const answer = await this.read(request);
    if (answer) this.send(request, reply, toGrabResult(answer, request.params.grabId));
    else this.refuse(request, reply, 'inventory', UNKNOWN_GRAB);
    return reply;
  };

  /** Throws what callUnary throws, of the last instance asked. */
  private async read(request: GrabRequest): Promise<GrabAnswer | undefined> {
    const { user, home } = request[ADMITTED] as AdmittedRead;
    const choices = this.inventory.inTurn(home).slice(0, READ_CHOICES);
    const { inventoryRead } = this.services.hops;
    let away: OutcomeError | undefined;
    for (const { client } of choices) {
      try {
        const question = { ...request.params, userId: user.userId };
        return (await callUnary(client, client.getGrab, question, inventoryRead)).answer;
      } catch (error) {
        if (!mayAnotherTell(error)) throw error;
        away = error;
      }
    }
    throw away ?? new OutcomeError('TRY_LATER', 'there is no inventory');
  }

  private send(request: GrabRequest, reply: FastifyReply, result: GrabResult): void {
    if (result.kind === 'refusal') {
      this.refuse(request, reply, 'inventory', this.orNotYet(request, result.refusal));
      return;
    }
    this.count(request, 'inventory', result.view.outcome);
    this.answers.send(reply, result.view, request.id, passOf(request));
  }

  // It is published, so inventory has only not read its log that far, and may yet find there that this grab has won.
  private orNotYet({ params }: GrabRequest, why: Refusal): Refusal {
    if (why.outcome !== 'NO_SUCH_CAMPAIGN') return why;
    return this.admission.peek(params)?.pools.has(params.poolId) === true ? ASK_AGAIN : why;
  }

  private refuse(request: GrabRequest, reply: FastifyReply, step: Step, why: Refusal): void {
    this.count(request, step, why.outcome);
    this.answers.refuse(reply, why, request.id, passOf(request));
  }

  // Result reads are not grabs: counted, they would make the funnel wider than the crowd.
  private count(request: FastifyRequest, step: Step, outcome: Refusal['outcome']): void {
    if (request.method === 'PUT') this.counts.add(step, outcome);
  }

  // What Fastify itself refuses, a body that cannot be read above all. It may close the connection, so it writes the answer.
  private readonly onError = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const error = toOutcomeError(thrown);
    if (error.outcome === 'INTERNAL') {
      this.log.error({ err: error.cause ?? error, requestId: request.id }, 'unexpected error');
    }
    this.count(request, 'body', error.outcome);
    sendProblem(reply, error, request.id);
  };
}

/** Of a grab that was let in, whatever became of it: the same grab asked again is let in again. */
function passOf({ [ADMITTED]: admitted }: GrabRequest): string | undefined {
  return admitted !== undefined && 'pass' in admitted ? admitted.pass : undefined;
}
