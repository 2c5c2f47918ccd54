import { CURSOR_HEADER, PASS_HEADER, PlanFollower, type Refusal, toProblem } from '@floodgate/nest-kit';
import { Injectable } from '@nestjs/common';
import { type ServerResponse } from 'node:http';
import { type FastifyReply } from 'fastify';
import { CursorText } from '../admission/overload';
import { asciiJson } from '../http/ascii-json';
import { PolicyRider } from '../http/policy-rider';
import { POLICY_VERSION_HEADER } from '../http/policy-version';

/** A refusal that is told again and again: everything of its answer but the request's id is made once. */
export class PreparedRefusal implements Refusal {
  readonly outcome: Refusal['outcome'];
  readonly message: string;
  readonly field: string | undefined;
  readonly pollAfterMs: number | undefined;
  private readonly status: number;
  // Of the body: the request's id and the policy come last in it. ASCII, so that it leaves in one piece with the headers.
  private readonly head: string;
  private readonly retryAfter: readonly string[];

  constructor(refusal: Refusal) {
    this.outcome = refusal.outcome;
    this.message = refusal.message;
    this.field = refusal.field;
    this.pollAfterMs = refusal.pollAfterMs;
    const problem = toProblem(refusal);
    this.status = problem.status;
    this.head = `${asciiJson(problem).slice(0, -1)},"requestId":"`;
    this.retryAfter = retryAfterOf(refusal);
  }

  /** `requestId` is as bootstrap makes or takes it: it needs no escaping in JSON. */
  answerFor(requestId: string, toldPolicy?: string): RawAnswer {
    const policy = toldPolicy === undefined ? '' : `,"policy":${toldPolicy}`;
    return {
      status: this.status,
      contentType: PROBLEM_JSON,
      body: `${this.head}${requestId}"${policy}}`,
      headers: this.retryAfter,
    };
  }
}

interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  /** ASCII. */
  readonly body: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

const PROBLEM_JSON = 'application/problem+json; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const NO_HEADERS: readonly string[] = [];

/**
 * Answers of the grab route, written straight to the socket: Fastify's reply would look for hooks, serialisers and headers of
 * its own on each of them. Puts on what hooks put on every other answer.
 */
@Injectable()
export class RawAnswers {
  constructor(
    private readonly follower: PlanFollower,
    private readonly cursor: CursorText,
    private readonly rider: PolicyRider,
  ) {}

  /** `pass` is for the client to keep. */
  refuse(reply: FastifyReply, refusal: Refusal, requestId: string, pass?: string): void {
    reply.hijack();
    this.refuseOn(reply.raw, refusal, requestId, pass);
  }

  /** For a request that Fastify has not seen. */
  refuseOn(raw: ServerResponse, refusal: Refusal, requestId: string, pass?: string): void {
    const prepared = refusal instanceof PreparedRefusal ? refusal : new PreparedRefusal(refusal);
    this.write(raw, requestId, prepared.answerFor(requestId, this.rider.ridesWith(raw.req)), pass);
  }

  /** A 200 that nobody may keep. */
  send(reply: FastifyReply, view: object, requestId: string, pass?: string): void {
    reply.hijack();
    const answer = { status: 200, contentType: JSON_TYPE, body: asciiJson(view), headers: NO_HEADERS };
    this.write(reply.raw, requestId, answer, pass);
  }

  private write(raw: ServerResponse, requestId: string, answer: RawAnswer, pass: string | undefined): void {
    const headers = [
      'content-type',
      answer.contentType,
      'content-length',
      String(answer.body.length),
      'cache-control',
      'no-store',
      'x-request-id',
      requestId,
      POLICY_VERSION_HEADER,
      String(this.follower.snapshot.version),
      CURSOR_HEADER,
      this.cursor.toldTo(raw.req),
      ...answer.headers,
    ];
    if (pass !== undefined) headers.push(PASS_HEADER, pass);
    raw.writeHead(answer.status, headers);
    raw.end(answer.body, 'latin1');
  }
}

function retryAfterOf({ pollAfterMs }: Refusal): readonly string[] {
  return pollAfterMs === undefined ? NO_HEADERS : ['retry-after', String(Math.ceil(pollAfterMs / 1_000))];
}
