import { orderV1 } from '@floodgate/contracts';
import { lowestLevel, type Priority, shedLevel } from '@floodgate/domain/degradation-plan';
import { type Outcome, OutcomeError } from '@floodgate/kernel';
import { freePort, until } from '@floodgate/testing';
import { type ClientUnaryCall, credentials, type Metadata } from '@grpc/grpc-js';
import { Controller, Module } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { z } from 'zod';
import { createService } from '../bootstrap';
import { parseConfig, serviceShape } from '../config';
import { callUnary, createGrpcClient } from '../grpc-client';
import { withRequest } from '../grpc-context';
import { type Hop } from '../hops';
import { KitModule } from '../kit.module';
import { Metrics } from '../metrics';
import { type AdmissionConfig } from './admission-queue';
import { type Standing } from './standing';

const WORK_MS = 2;
/** So many are served until the cursor has found its place, and so many more in the crowd that is judged. */
const SETTLING = 300;
const JUDGED = 300;
const BUDGET_MS = 110_000;

let worksMs = 0;
let begun = 0;
let hold: Promise<void> | undefined;

/** A service whose work is nothing but CPU. */
@Controller()
class BurningController {
  @GrpcMethod('OrderService', 'GetOrder')
  async getOrder(): Promise<orderV1.GetOrderResponse> {
    begun += 1;
    await hold;
    const until = performance.now() + worksMs;
    while (performance.now() < until);
    return { order: undefined };
  }
}

/** Who calls, and what for. */
interface Calls {
  readonly priority: Priority;
  readonly campaignId?: string;
  /** So many for each that is served, however fast that is. */
  readonly times: number;
}
/** Of those answered once the cursor has found its place. */
interface Counts {
  readonly served: number;
  readonly tooHot: number;
  /** Not sent. */
  readonly keptBack: number;
}
type Answer = keyof Counts;
interface Seen {
  readonly all: Counts;
  /** Without those who still waited when the crowd ended, and are served then. */
  readonly inTheCrowd: Counts;
}

const shareOf = (answer: Answer, counts: Counts) => counts[answer] / (counts.served + counts.tooHot + counts.keptBack);

describe('a gRPC service that is asked more than it can serve', () => {
  let service: NestFastifyApplication;
  let address: string;
  const clients: orderV1.OrderServiceClient[] = [];

  /** A client that hears of no cursor. */
  const deafClient = () => keep(new orderV1.OrderServiceClient(address, credentials.createInsecure()));
  const client = () => keep(createGrpcClient(orderV1.OrderServiceClient, address));
  const keep = (made: orderV1.OrderServiceClient) => {
    clients.push(made);
    return made;
  };

  const start = async (more: Partial<AdmissionConfig> = {}) => {
    const config = parseConfig(z.object(serviceShape), { HTTP_PORT: '1', LOG_LEVEL: 'silent' });
    @Module({ imports: [KitModule.forRoot({ name: 'burning', config })], controllers: [BurningController] })
    class BurningModule {}
    const port = await freePort();
    address = `127.0.0.1:${port}`;
    const services = { 'floodgate.order.v1.OrderService': orderV1.OrderServiceService };
    const admission = {
      ADMISSION_QUEUE_MAX: 1_000,
      ADMISSION_WAIT_MS_MAX: 60_000,
      ADMISSION_WAIT_MS_TARGET: 20,
      ADMISSION_IN_FLIGHT_MAX: 200,
      ...more,
    };
    service = await createService({
      module: BurningModule,
      config,
      grpc: { port, host: '127.0.0.1', services, admission },
    });
    await service.init();
  };

  beforeEach(() => {
    worksMs = WORK_MS;
    begun = 0;
    hold = undefined;
  });
  afterEach(async () => {
    for (const made of clients.splice(0)) made.close();
    await service.close();
  });

  const ask = (by: orderV1.OrderServiceClient, standing: Standing | undefined, hop: Hop | number = BUDGET_MS) =>
    withRequest({ requestId: 'r', standing }, () =>
      callUnary(by, by.getOrder, orderV1.GetOrderRequest.fromPartial({ userId: 'ann' }), hop),
    );

  /** A caller who does not wait for the answer to the end. */
  const askInVain = (by: orderV1.OrderServiceClient): ClientUnaryCall =>
    by.getOrder(orderV1.GetOrderRequest.fromPartial({ userId: 'bob' }), () => undefined);

  const untilWaiting = (count: number) =>
    until(`${count} wait`, async () =>
      (await service.get(Metrics).registry.metrics()).includes(`\nfloodgate_admission_waiting ${count}\n`),
    );

  /** What these calls come to. They do not wait for each other's answers. */
  const offer = async (by: orderV1.OrderServiceClient, all: readonly Calls[]): Promise<Seen[]> => {
    const offered = all.map((calls) => ({ calls, due: 0, counts: { served: 0, tooHot: 0, keptBack: 0 } }));
    const under = new Set<Promise<void>>();
    const before = begun;
    for (let ticks = 1; begun - before < SETTLING + JUDGED;) {
      for (const its of offered) {
        for (; its.due < (begun - before + ticks) * its.calls.times; its.due++) {
          const call = callOnce(by, its.calls, its.due).then((answer) => {
            if (begun - before >= SETTLING) its.counts[answer] += 1;
          });
          under.add(call);
          void call.finally(() => under.delete(call));
        }
      }
      await new Promise(setImmediate);
      // Nobody is being served: time goes on all the same.
      if (under.size === 0) ticks += 1;
    }
    const inTheCrowd = offered.map(({ counts }) => ({ ...counts }));
    await Promise.all(under);
    return offered.map(({ counts }, index) => ({ all: counts, inTheCrowd: inTheCrowd[index] ?? counts }));
  };
  const callOnce = async (
    by: orderV1.OrderServiceClient,
    { priority, campaignId = 'c' }: Calls,
    no: number,
  ): Promise<Answer> => {
    const standing = { level: shedLevel(priority, (no * 37) % 128), campaignId };
    let isKeptBack = false;
    const took = (_ms: number, outcome: Outcome | 'NOT_CALLED') => (isKeptBack = outcome === 'NOT_CALLED');
    const hop: Hop = { name: 'order.call', budgetMs: BUDGET_MS, took, saw: () => undefined };
    try {
      await ask(by, standing, hop);
      return 'served';
    } catch (error) {
      if (!(error instanceof OutcomeError)) throw error;
      if (isKeptBack) return 'keptBack';
      expect(error).toMatchObject({ outcome: 'TOO_HOT', pollAfterMs: expect.any(Number) as number });
      return 'tooHot';
    }
  };

  const browsing: Calls = { priority: 'browse', times: 5 };
  const payments: Calls = { priority: 'pay', times: 0.2 };

  it('refuses what matters least, and serves what matters most', async () => {
    await start();
    const by = deafClient();
    const [looking, paying] = await offer(by, [browsing, payments]);
    if (!looking || !paying) throw new Error('nothing was offered');
    expect(shareOf('served', paying.all)).toBeGreaterThan(0.95);
    expect(shareOf('tooHot', looking.inTheCrowd)).toBeGreaterThan(0.5);
  });

  it('tells its callers, which then keep to themselves what it would refuse', async () => {
    await start();
    const by = client();
    const [looking, paying] = await offer(by, [browsing, payments]);
    if (!looking || !paying) throw new Error('nothing was offered');
    expect(looking.inTheCrowd.keptBack).toBeGreaterThan((looking.inTheCrowd.served + looking.inTheCrowd.tooHot) / 2);
    expect(paying.all.keptBack).toBe(0);
    expect(shareOf('served', paying.all)).toBeGreaterThan(0.95);
  });

  it('lets no campaign suffer from the crowd at another', async () => {
    await start();
    const by = client();
    const busy: Calls = { priority: 'browse', times: 5, campaignId: 'busy' };
    const quiet: Calls = { priority: 'browse', times: 0.1, campaignId: 'quiet' };
    const [loud, still] = await offer(by, [busy, quiet]);
    if (!loud || !still) throw new Error('nothing was offered');
    expect(shareOf('served', still.all)).toBeGreaterThan(0.8);
    expect(shareOf('served', loud.inTheCrowd)).toBeLessThan(0.5);
  });

  it('tells its cursor with every answer, and refuses nothing of what the platform asks for itself', async () => {
    worksMs = 0;
    await start();
    const by = client();
    await expect(ask(by, undefined)).resolves.toEqual({ order: undefined });
    const told = await new Promise<Metadata>((resolve, reject) => {
      by.getOrder(orderV1.GetOrderRequest.fromPartial({}), (error: Error | null) => {
        if (error) reject(error);
      }).on('metadata', resolve);
    });
    expect(told.get('fg-cursor')).toEqual(['browse:0']);
  });

  it('serves so many at a time, and nobody who has gone while waiting', async () => {
    worksMs = 0;
    await start({ ADMISSION_IN_FLIGHT_MAX: 1, ADMISSION_WAIT_MS_MAX: 60_000 });
    const by = client();
    const standing = { level: lowestLevel('pay'), campaignId: 'c' };
    let release: () => void = () => undefined;
    hold = new Promise((resolve) => (release = resolve));
    const first = ask(by, standing);
    await until('the first is being served', () => begun === 1);
    const second = askInVain(by);
    await untilWaiting(1);
    second.cancel();
    // It comes after that on the same connection.
    const third = ask(by, standing);
    await untilWaiting(2);
    expect(begun).toBe(1);
    release();
    await Promise.all([first, third]);
    expect(begun).toBe(2);
  });

  it('has room again for others when a caller gives up on work that does not end', async () => {
    worksMs = 0;
    await start({ ADMISSION_IN_FLIGHT_MAX: 1, ADMISSION_WAIT_MS_MAX: 60_000 });
    const by = client();
    const standing = { level: lowestLevel('pay'), campaignId: 'c' };
    hold = new Promise(() => undefined);
    const first = askInVain(by);
    await until('it is being served', () => begun === 1);
    first.cancel();
    hold = undefined;
    await expect(ask(by, standing)).resolves.toEqual({ order: undefined });
    expect(begun).toBe(2);
  });
});
