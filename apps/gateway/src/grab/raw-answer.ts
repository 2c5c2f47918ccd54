import { PlanFollower, type Refusal, toProblem } from '@floodgate/nest-kit';
import { Injectable } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { POLICY_VERSION_HEADER } from '../http/policy-header';

/** A refusal that is told again and again: everything of its answer but the request's id is made once. */
export class PreparedRefusal implements Refusal {
  readonly outcome: Refusal['outcome'];
  readonly message: string;
  readonly field: string | undefined;
  readonly pollAfterMs: number | undefined;
  private readonly status: number;
  // Of the body: the request's id comes last in it.
  private readonly head: string;
  private readonly headBytes: number;
  private readonly retryAfter: readonly string[];

  constructor(refusal: Refusal) {
    this.outcome = refusal.outcome;
    this.message = refusal.message;
    this.field = refusal.field;
    this.pollAfterMs = refusal.pollAfterMs;
    const problem = toProblem(refusal);
    this.status = problem.status;
    this.head = `${JSON.stringify(problem).slice(0, -1)},"requestId":"`;
    this.headBytes = Buffer.byteLength(this.head);
    this.retryAfter = retryAfterOf(refusal);
  }

  /** `requestId` is as bootstrap makes or takes it: it needs no escaping in JSON. */
  answerFor(requestId: string): RawAnswer {
    return {
      status: this.status,
      contentType: PROBLEM_JSON,
      body: `${this.head}${requestId}"}`,
      bodyBytes: this.headBytes + requestId.length + 2,
      headers: this.retryAfter,
    };
  }
}

interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly bodyBytes: number;
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
  constructor(private readonly follower: PlanFollower) {}

  refuse(reply: FastifyReply, refusal: Refusal, requestId: string): void {
    const prepared = refusal instanceof PreparedRefusal ? refusal : new PreparedRefusal(refusal);
    this.write(reply, requestId, prepared.answerFor(requestId));
  }

  /** A 200 that nobody may keep. */
  send(reply: FastifyReply, view: object, requestId: string): void {
    const body = JSON.stringify(view);
    const bodyBytes = Buffer.byteLength(body);
    this.write(reply, requestId, { status: 200, contentType: JSON_TYPE, body, bodyBytes, headers: NO_HEADERS });
  }

  private write(reply: FastifyReply, requestId: string, answer: RawAnswer): void {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(answer.status, [
      'content-type',
      answer.contentType,
      'content-length',
      String(answer.bodyBytes),
      'cache-control',
      'no-store',
      'x-request-id',
      requestId,
      POLICY_VERSION_HEADER,
      String(this.follower.snapshot.version),
      ...answer.headers,
    ]);
    raw.end(answer.body);
  }
}

function retryAfterOf({ pollAfterMs }: Refusal): readonly string[] {
  return pollAfterMs === undefined ? NO_HEADERS : ['retry-after', String(Math.ceil(pollAfterMs / 1_000))];
}
