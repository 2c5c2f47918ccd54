import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Logger as NestPinoLogger } from 'nestjs-pino';
import { type Logger } from 'pino';
import { admissionQueue } from './admission/admission-queue';
import { GrpcAdmission } from './admission/grpc-admission';
import { type BudgetConfig } from './budgets';
import { deadlineOf } from './deadline';
import { withRequest } from './grpc-context';
import { GrpcRequestInterceptor, type GrpcServices, grpcServerOptions } from './grpc-server';
import { Health } from './health';
import { type HttpServerConfig, httpServerOptions, limitConnections, sayTooFewFiles } from './http-server';
import { Metrics } from './metrics';
import { OutcomeFilter, sendProblem } from './outcome.filter';
import { toOutcomeError } from './problem';
import { LOG } from './tokens';

export interface ServiceOptions {
  readonly module: Type | DynamicModule;
  readonly config: HttpServerConfig &
    Pick<BudgetConfig, 'BUDGET_REQUEST_MS'> & {
      readonly HTTP_PORT: number;
      readonly HTTP_HOST: string;
      readonly SHUTDOWN_GRACE_MS: number;
    };
  readonly grpc?: GrpcServices;
  readonly bodyLimitBytes?: number;
  /** Last touches before listening: documentation pages, raw routes. */
  readonly configure?: (app: NestFastifyApplication) => Promise<void> | void;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For a route that refuses many times what it serves: what it logs names its request by itself. */
    readonly noRequestContext?: boolean;
  }
}

const BODY_LIMIT_BYTES = 64 * 1024;
const REQUEST_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The id that the client gave its request, if it is one, or a new one. Safe in a header and in JSON as it is. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** Starts a service and returns when it listens. SIGTERM and SIGINT end it in order; a start that fails is one line and exit 1. */
export async function runService(options: ServiceOptions): Promise<void> {
  try {
    const app = await createService(options);
    await app.listen(options.config.HTTP_PORT, options.config.HTTP_HOST);
    stopOnSignal(app, options.config.SHUTDOWN_GRACE_MS);
  } catch (error) {
    process.stderr.write(`cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

/** The service as runService starts it, not yet listening; for tests that inject requests. */
export async function createService(options: ServiceOptions): Promise<NestFastifyApplication> {
  const { config } = options;
  const adapter = new FastifyAdapter({
    ...httpServerOptions(config),
    bodyLimit: options.bodyLimitBytes ?? BODY_LIMIT_BYTES,
    // For paths that cannot be read: no route, so no hook and no filter, sees them.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, toOutcomeError(error), request.id),
    genReqId: requestIdOf,
  });
  const app = await NestFactory.create<NestFastifyApplication>(options.module, adapter, {
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(app.get(NestPinoLogger));
  sayTooFewFiles(config, app.get<Logger>(LOG));
  limitConnections(adapter.getHttpServer(), config, app.get(Metrics));
  app.useGlobalFilters(app.get(OutcomeFilter));
  const { admission } = options.grpc ?? {};
  // Before what looks at the deadline: time passes in the queue.
  if (admission) app.useGlobalInterceptors(new GrpcAdmission(admissionQueue(admission, app.get(Metrics))));
  app.useGlobalInterceptors(new GrpcRequestInterceptor());
  adapter.getInstance().addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    if (request.routeOptions.config.noRequestContext === true) done();
    else
      withRequest({ requestId: request.id, deadlineAt: deadlineOf(request.headers, config.BUDGET_REQUEST_MS) }, done);
  });
  if (options.grpc) {
    app.connectMicroservice(grpcServerOptions(options.grpc), { inheritAppConfig: true });
    await app.startAllMicroservices();
  }
  await options.configure?.(app);
  return app;
}

function stopOnSignal(app: NestFastifyApplication, graceMs: number): void {
  const log = app.get<Logger>(LOG);
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    app.get(Health).beginShutdown();
    setTimeout(() => {
      log.error({ graceMs }, 'not stopped within the grace period');
      process.exit(1);
    }, graceMs).unref();
    app.close().then(
      () => process.exit(0),
      (err: unknown) => {
        log.error({ err }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
}
