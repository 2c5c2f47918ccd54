import { AsyncResource } from 'node:async_hooks';
import { type ServerResponse } from 'node:http';
import {
  AdmissionQueue,
  type AdmittedApi,
  currentRequest,
  PASS_HEADER,
  type Refusal,
  toOutcomeError,
  type Waiting,
  withRequest,
} from '@floodgate/nest-kit';
import { Injectable } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { CampaignCache } from '../campaign-cache';
import { PreparedRefusal, RawAnswers } from '../grab/raw-answer';
import { Gate, refusal } from './gate';
import { LetInPasses } from './let-in';
import { PhaseOne } from './phase-one';
import { PASSES } from './refusal-order';
import { RefusalCounts } from './refusal-counts';
import { TooHot } from './too-hot';
import { type Target, Walk } from './walk';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the plan takes the route for; one without passes no step of admission. */
    readonly admittedApi?: AdmittedApi;
  }
}

/** On a handler: its requests are admitted as this API's. */
export const Admitted = (api: AdmittedApi): MethodDecorator => RouteConfig({ admittedApi: api });

const NO_TARGET: Target = { campaignId: '', poolId: '', grabId: '' };
const WAITED_TOO_LONG = new PreparedRefusal(refusal('TOO_HOT', 1_000));

/** Both phases of admission for Nest's routes: refused in onRequest, or served when their turn comes. */
@Injectable()
export class RouteAdmission {
  constructor(
    private readonly campaigns: CampaignCache,
    private readonly gate: Gate,
    private readonly phaseOne: PhaseOne,
    private readonly tooHot: TooHot,
    private readonly queue: AdmissionQueue,
    private readonly passes: LetInPasses,
    private readonly answers: RawAnswers,
    private readonly counts: RefusalCounts,
  ) {}

  /** Calls `done` when it is the request's turn; never for one that it has refused. */
  admit(api: AdmittedApi, request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const target = { ...NO_TARGET, ...(request.params as Partial<Target>) };
    const { campaignId } = target;
    const known = this.campaigns.peek(campaignId);
    if (known !== undefined || campaignId === '' || PASSES[api].includes('window')) {
      this.walk(new Walk(api, request.raw, target, known, this.gate), request, reply, done);
      return;
    }
    this.campaigns.find(campaignId).then(
      (found) => this.walk(new Walk(api, request.raw, target, found, this.gate), request, reply, done),
      (error: unknown) => this.refuse(api, 'window', toOutcomeError(error), request, reply),
    );
  }

  private walk(walk: Walk, request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const verdict = this.phaseOne.refuse(walk);
    if (!(verdict instanceof Promise)) return this.proceed(walk, verdict, request, reply, done);
    verdict.then(
      (known) => this.proceed(walk, known, request, reply, done),
      (error: unknown) => this.refuse(walk.api, 'asking', toOutcomeError(error), request, reply),
    );
  }

  private proceed(
    walk: Walk,
    refused: Refusal | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
    done: () => void,
  ): void {
    const { api } = walk;
    if (refused) return this.refuse(api, walk.refusedAt ?? '', refused, request, reply);
    const pass = this.passes.passFor(walk);
    if (pass !== undefined) void reply.header(PASS_HEADER, pass);
    const tooLate = () => this.refuse(api, 'queue', WAITED_TOO_LONG, request, reply);
    const standing = { level: this.tooHot.levelOf(walk), campaignId: walk.campaign.campaignId };
    const context = currentRequest();
    // What the request asks of other services is refused there as it would be here.
    const serve = context === undefined ? done : () => withRequest({ ...context, standing }, done);
    // The queue runs it from wherever it is: the request's context must come along.
    const served = new Queued(this.queue, reply.raw, AsyncResource.bind(serve), tooLate);
    this.queue.add(served, standing.level, standing.campaignId);
  }

  private refuse(api: AdmittedApi, step: string, why: Refusal, request: FastifyRequest, reply: FastifyReply): void {
    this.counts.add(api, step, why.outcome);
    this.answers.refuse(reply, why, request.id);
  }
}

/** A request in the queue. Who has gone meanwhile is not served. */
class Queued implements Waiting {
  private isFinished = false;

  constructor(
    private readonly queue: AdmissionQueue,
    private readonly raw: ServerResponse,
    private readonly proceed: () => void,
    readonly drop: () => void,
  ) {}

  run(): void {
    if (this.raw.destroyed) return this.finish();
    this.raw.once('finish', this.finish);
    this.raw.once('close', this.finish);
    this.proceed();
  }

  private readonly finish = (): void => {
    if (this.isFinished) return;
    this.isFinished = true;
    this.queue.finished();
  };
}
