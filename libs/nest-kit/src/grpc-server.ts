import { randomUUID } from 'node:crypto';
import { CAUSATION_HEADER, EVENT_DEADLINE_HEADER, withEventHeaders } from '@floodgate/adapters/kafka';
import { type Metadata, type Server, type ServerUnaryCall, type ServiceDefinition } from '@grpc/grpc-js';
import { type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { type GrpcOptions, Transport } from '@nestjs/microservices';
import { Observable, throwError } from 'rxjs';
import { type AdmissionConfig } from './admission/admission-queue';
import { LEVEL_KEY, standingOf } from './admission/standing';
import { ANSWER_TRAVELS_MS, OutOfTime } from './deadline';
import { REQUEST_ID_KEY } from './grpc-client';
import { type RequestContext, withRequest } from './grpc-context';
import { addReflection } from './grpc-reflection';

export interface GrpcServices {
  readonly port: number;
  readonly host: string;
  /** Generated service definitions by full name, such as `floodgate.order.v1.OrderService`. */
  readonly services: Record<string, ServiceDefinition>;
  /** Whether the server tells clients about its services; not in production. */
  readonly reflection?: boolean;
  /** How it guards itself against more unary calls than it can serve; absent: not at all. */
  readonly admission?: AdmissionConfig;
}

/** Options for Nest's gRPC server on generated code, so that both ends share one codec. */
export function grpcServerOptions({ port, host, services, reflection }: GrpcServices): GrpcOptions {
  return {
    transport: Transport.GRPC,
    options: {
      url: `${host}:${port}`,
      package: [...new Set(Object.keys(services).map((name) => name.slice(0, name.lastIndexOf('.'))))],
      packageDefinition: Object.fromEntries(
        Object.entries(services).map(([name, definition]) => [name, capitalised(definition)]),
      ),
      gracefulShutdown: true,
      maxReceiveMessageLength: 16 * 1024 * 1024,
      keepalive: { keepaliveTimeMs: 20_000 },
      ...(reflection === true && {
        onLoadPackageDefinition: (_definition: unknown, server: Pick<Server, 'addService'>) => {
          addReflection(server, Object.keys(services));
        },
      }),
    },
  };
}

// Nest looks handlers up by the rpc's name in the .proto (`GetOrder`); generated definitions name them `getOrder`.
function capitalised(definition: ServiceDefinition): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(definition).map(([name, method]) => [name.charAt(0).toUpperCase() + name.slice(1), method]),
  );
}

/**
 * Carries the caller's request id into logs and further calls, and into those calls what is left of the caller's time and how it stands. A call that is taken up when
 * nobody waits for it any more is not begun: OutOfTime.
 */
export class GrpcRequestInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'rpc') return next.handle();
    const [, metadata, call] =
      context.getArgs<[unknown, Partial<Metadata> | undefined, Partial<ServerCall> | undefined]>();
    const read = (key: string) => metadata?.get?.(key)[0]?.toString();
    const requestId = read(REQUEST_ID_KEY);
    const deadlineAt = deadlineOfCall(call);
    if (deadlineAt !== undefined && deadlineAt <= performance.now()) return throwError(() => new OutOfTime());
    if (requestId === undefined && deadlineAt === undefined) return next.handle();
    const standing = read(LEVEL_KEY) === undefined ? undefined : standingOf(read);
    const request = { requestId: requestId ?? randomUUID(), deadlineAt, standing };
    return new Observable((subscriber) =>
      withRequest(request, () => withEventHeaders(eventHeadersOf(request), () => next.handle().subscribe(subscriber))),
    );
  }
}

type ServerCall = Pick<ServerUnaryCall<unknown, unknown>, 'getDeadline'>;

/** By performance.now(), less than the caller's, so that the answer is there in time; undefined when the caller set none. */
function deadlineOfCall(call: Partial<ServerCall> | undefined): number | undefined {
  const atMs = Number(call?.getDeadline?.() ?? Infinity);
  return Number.isFinite(atMs) ? performance.now() + (atMs - Date.now()) - ANSWER_TRAVELS_MS : undefined;
}

function eventHeadersOf({ requestId, deadlineAt }: RequestContext): Record<string, string> {
  return {
    [CAUSATION_HEADER]: requestId,
    ...(deadlineAt !== undefined && {
      [EVENT_DEADLINE_HEADER]: String(Math.round(Date.now() + deadlineAt - performance.now())),
    }),
  };
}
