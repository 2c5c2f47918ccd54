import { type Server, type ServiceDefinition } from '@grpc/grpc-js';
import { type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { type GrpcOptions, Transport } from '@nestjs/microservices';
import { Observable } from 'rxjs';
import { REQUEST_ID_KEY } from './grpc-client';
import { withRequest } from './grpc-context';
import { addReflection } from './grpc-reflection';
import { type Metadata } from '@grpc/grpc-js';

export interface GrpcServices {
  readonly port: number;
  readonly host: string;
  /** Generated service definitions by full name, such as `floodgate.order.v1.OrderService`. */
  readonly services: Record<string, ServiceDefinition>;
  /** Whether the server tells clients about its services; not in production. */
  readonly reflection?: boolean;
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

/** Carries the caller's request id into logs and further calls. */
export class GrpcRequestInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'rpc') return next.handle();
    const metadata = context.switchToRpc().getContext<Partial<Metadata> | undefined>();
    const id = metadata?.get?.(REQUEST_ID_KEY)[0]?.toString();
    if (id === undefined) return next.handle();
    return new Observable((subscriber) => withRequest({ requestId: id }, () => next.handle().subscribe(subscriber)));
  }
}
