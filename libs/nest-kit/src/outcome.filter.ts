import { isDatabaseAway } from '@floodgate/adapters/mysql';
import { OUTCOMES, OutcomeError } from '@floodgate/kernel';
import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import { Metadata, status } from '@grpc/grpc-js';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Logger } from 'pino';
import { type Observable, throwError } from 'rxjs';
import { DETAIL_KEY, FIELD_KEY, OUTCOME_KEY, POLL_AFTER_KEY } from './grpc-client';
import { type Refusal, toOutcomeError, toProblem } from './problem';
import { LOG } from './tokens';

/** Every error leaves a service through here: as problem+json over HTTP, as a status with the outcome over gRPC. */
@Catch()
export class OutcomeFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): Observable<never> | undefined {
    const error = toOutcomeError(thrown);
    if (error.outcome === 'INTERNAL') this.log.error({ err: error.cause ?? error }, 'unexpected error');
    if (host.getType() === 'rpc') return throwError(() => toGrpcError(error));
    const http = host.switchToHttp();
    const { id } = http.getRequest<FastifyRequest>();
    sendProblem(http.getResponse<FastifyReply>(), isDatabaseAway(thrown) ? forTools(error) : error, id);
    return undefined;
  }
}

/** A service with a database is asked over HTTP by operators and their tools, to whom 202 would mean that it was done. */
function forTools({ pollAfterMs = 0, cause }: OutcomeError): OutcomeError {
  return new OutcomeError('TRY_LATER', 'the database does not answer', { pollAfterMs, cause });
}

/** Sends an outcome as problem+json; for raw Fastify routes too, which Nest's filters do not see. */
export function sendProblem(reply: FastifyReply, error: Refusal, requestId: string): void {
  const problem = toProblem(error, requestId);
  if (error.pollAfterMs !== undefined) void reply.header('retry-after', Math.ceil(error.pollAfterMs / 1_000));
  void reply
    .code(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problem));
}

interface GrpcError {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

function toGrpcError(error: OutcomeError): GrpcError {
  const metadata = new Metadata();
  metadata.set(OUTCOME_KEY, error.outcome);
  if (error.pollAfterMs !== undefined) metadata.set(POLL_AFTER_KEY, String(error.pollAfterMs));
  if (error.field !== undefined) metadata.set(FIELD_KEY, error.field);
  metadata.set(DETAIL_KEY, Buffer.from(error.message));
  return { code: grpcStatus(OUTCOMES[error.outcome].httpStatus), details: OUTCOMES[error.outcome].en, metadata };
}

function grpcStatus(httpStatus: number): status {
  switch (httpStatus) {
    case 400:
      return status.INVALID_ARGUMENT;
    case 401:
      return status.UNAUTHENTICATED;
    case 403:
      return status.PERMISSION_DENIED;
    case 404:
      return status.NOT_FOUND;
    case 429:
      return status.RESOURCE_EXHAUSTED;
    case 500:
      return status.INTERNAL;
    case 202:
    case 503:
      return status.UNAVAILABLE;
    default:
      return status.FAILED_PRECONDITION;
  }
}
