import { orderV1 } from '@floodgate/contracts';
import { freePort, until } from '@floodgate/testing';
import { Metadata, Server, ServerCredentials, type ServerUnaryCall, status } from '@grpc/grpc-js';
import { Controller, Module } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { z } from 'zod';
import { createService } from './bootstrap';
import { parseConfig, serviceShape } from './config';
import { ANSWER_TRAVELS_MS } from './deadline';
import { callUnary, createGrpcClient, fromServiceError } from './grpc-client';
import { outsideRequest, withRequest } from './grpc-context';
import { GrpcRequestInterceptor } from './grpc-server';
import { KitModule } from './kit.module';

const OWN_BUDGET_MS = 60_000;

let behind: Server;
let behindClient: orderV1.OrderServiceClient;
let service: NestFastifyApplication;
let client: orderV1.OrderServiceClient;
/** What the service, and what it calls, had left when they were called, in milliseconds. */
const told: { service?: number; behind?: number } = {};
let spendsItAll = false;
let calls = 0;
let refusals = 0;

/** A service that asks another before it answers. */
@Controller()
class MiddleController {
  @GrpcMethod('OrderService', 'GetOrder')
  async getOrder(
    request: orderV1.GetOrderRequest,
    _metadata: Metadata,
    call: ServerUnaryCall<unknown, unknown>,
  ): Promise<orderV1.GetOrderResponse> {
    calls += 1;
    told.service = Number(call.getDeadline()) - Date.now();
    if (spendsItAll) await new Promise((resolve) => setTimeout(resolve, told.service));
    try {
      return await callUnary(behindClient, behindClient.getOrder, request, OWN_BUDGET_MS);
    } catch (error) {
      refusals += 1;
      throw error;
    }
  }
}

beforeAll(async () => {
  behind = new Server();
  behind.addService(orderV1.OrderServiceService, {
    getOrder: (call: ServerUnaryCall<unknown, orderV1.GetOrderResponse>, callback: (e: null, r: object) => void) => {
      told.behind = Number(call.getDeadline()) - Date.now();
      callback(null, { order: undefined });
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    behind.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  behindClient = createGrpcClient(orderV1.OrderServiceClient, `127.0.0.1:${port}`);

  const config = parseConfig(z.object(serviceShape), { HTTP_PORT: '1', LOG_LEVEL: 'silent' });
  @Module({ imports: [KitModule.forRoot({ name: 'middle', config })], controllers: [MiddleController] })
  class MiddleModule {}
  const grpcPort = await freePort();
  const services = { 'floodgate.order.v1.OrderService': orderV1.OrderServiceService };
  service = await createService({
    module: MiddleModule,
    config,
    grpc: { port: grpcPort, host: '127.0.0.1', services },
  });
  await service.init();
  client = createGrpcClient(orderV1.OrderServiceClient, `127.0.0.1:${grpcPort}`);
});
afterAll(async () => {
  client.close();
  await service.close();
  behindClient.close();
  behind.forceShutdown();
});
beforeEach(() => {
  spendsItAll = false;
  calls = 0;
  refusals = 0;
  delete told.service;
  delete told.behind;
});

const ask = (budgetMs: number) =>
  callUnary(client, client.getOrder, orderV1.GetOrderRequest.fromPartial({ userId: 'ann' }), budgetMs);

describe('a service that calls another', () => {
  it('gives it less time than it has itself, and keeps some for its own answer', async () => {
    await ask(20_000);
    const { service: first = 0, behind: second = 0 } = told;
    expect(first).toBeLessThanOrEqual(20_000);
    // Whole milliseconds travel.
    expect(second).toBeLessThanOrEqual(first - ANSWER_TRAVELS_MS + 1);
    expect(second).toBeGreaterThan(0);
  });

  it('gives it its own budget when its caller has more', async () => {
    await ask(OWN_BUDGET_MS * 10);
    expect(told.behind).toBeLessThanOrEqual(OWN_BUDGET_MS);
  });

  it('does not call it when its own time is used up', async () => {
    spendsItAll = true;
    // On a machine that stood still its time may be up before it arrives.
    await until('it was called', async () => {
      await expect(ask(3_000)).rejects.toMatchObject({ outcome: 'TRY_LATER' });
      return calls > 0;
    });
    await until('it was refused to itself', () => refusals === calls);
    expect(told.behind).toBeUndefined();
  });

  it('does not even begin when it is called too late', async () => {
    const interceptor = new GrpcRequestInterceptor();
    const args = [{}, new Metadata(), { getDeadline: () => Date.now() - 1 }];
    const context = { getType: () => 'rpc', getArgs: () => args } as never;
    const handled: unknown[] = [];
    const next = { handle: () => handled.push('begun') as never };
    const refused = new Promise((_, reject) => interceptor.intercept(context, next).subscribe({ error: reject }));
    await expect(refused).rejects.toMatchObject({ outcome: 'TRY_LATER' });
    expect(handled).toEqual([]);
  });

  it('calls nobody within a request whose time is up, and does within what outlives it', async () => {
    const late = { requestId: 'r', deadlineAt: performance.now() - 1 };
    await withRequest(late, async () => {
      await expect(ask(20_000)).rejects.toMatchObject({ outcome: 'TRY_LATER' });
      expect(calls).toBe(0);
      await outsideRequest(() => ask(20_000));
      expect(calls).toBe(1);
    });
  });
});

it('takes a deadline that a callee let pass for a callee that is away', () => {
  const error = Object.assign(new Error('late'), {
    code: status.DEADLINE_EXCEEDED,
    details: '',
    metadata: new Metadata(),
  });
  expect(fromServiceError(error).outcome).toBe('TRY_LATER');
});
