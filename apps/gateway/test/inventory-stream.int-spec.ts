import { inventoryV1 } from '@floodgate/contracts';
import { createGrpcClient } from '@floodgate/nest-kit';
import { MemoryLog, until } from '@floodgate/testing';
import {
  type GrabItem,
  type GrabReply,
  InventoryStream,
  type InventoryStreamOptions,
} from '../src/grab/inventory-stream';
import { SilentProxy } from './silent-proxy';
import { granted, StubServices } from './stub-services';

const item = (grabId: string): GrabItem => ({
  campaignId: 'c',
  poolId: 'p',
  userId: `user-of-${grabId}`,
  grabId,
  qualificationId: '',
});

const UNKNOWN = { kind: 'unknown' };

describe('InventoryStream', () => {
  let services: StubServices;
  let stream: InventoryStream;
  let client: inventoryV1.InventoryServiceClient;

  beforeEach(async () => {
    services = new StubServices();
    await services.start();
    client = createGrpcClient(inventoryV1.InventoryServiceClient, services.address);
  });
  afterEach(() => {
    stream.close();
    client.close();
    services.kill();
  });

  const untilUp = () => until('the stream is up', () => stream.up);
  const open = async (options: Partial<InventoryStreamOptions> = {}) => {
    stream = new InventoryStream(client, { budgetMs: 20_000, inFlightMax: 10_000, ...options }, new MemoryLog());
    await untilUp();
  };
  const ask = (grabId: string) => new Promise<GrabReply>((resolve) => stream.grab(item(grabId), resolve));
  const arrived = () => services.frames.flat().map(({ grabId }) => grabId);
  const answerAll = () => {
    services.onGrab = (grab) => granted(grab);
    for (const call of services.streams) {
      call.write({ answers: services.frames.flat().map((grab) => granted(grab)) });
    }
  };

  it('gathers grabs into few frames and gives each its own answer, in whatever order they come', async () => {
    await open();
    const ids = Array.from({ length: 2_000 }, (_, i) => `g${i}`);
    const replies = await Promise.all(ids.map(ask));
    expect(replies.map((reply) => reply.kind === 'answer' && reply.answer.grabId)).toEqual(ids);
    expect(arrived()).toEqual(ids);
    expect(services.frames.length).toBeLessThanOrEqual(8);
    expect(stream.inFlight).toBe(0);
  });

  it('refuses more than it may hold, and takes more once answers have come', async () => {
    services.onGrab = () => undefined;
    await open({ inFlightMax: 3 });
    const first = ['a', 'b', 'c'].map(ask);
    expect(stream.full).toBe(true);
    expect(await ask('d')).toEqual({ kind: 'full' });
    await until('the three arrive', () => arrived().length === 3);
    answerAll();
    expect((await Promise.all(first)).every(({ kind }) => kind === 'answer')).toBe(true);
    expect(stream.full).toBe(false);
    expect((await ask('d')).kind).toBe('answer');
  });

  it('calls a grab unknown that has no answer within its budget, and drops the answer that comes too late', async () => {
    services.onGrab = () => undefined;
    await open({ budgetMs: 100 });
    expect(await ask('a')).toEqual(UNKNOWN);
    answerAll();
    await until('the next is answered with its own', async () => {
      const reply = await ask('b');
      return reply.kind === 'answer' && reply.answer.grabId === 'b';
    });
  });

  it('calls a grab unknown whose own deadline is sooner than the budget, and no other', async () => {
    services.onGrab = () => undefined;
    await open();
    let isAnswered = false;
    stream.grab(item('patient'), () => (isAnswered = true));
    const hurried = (inMs: number) =>
      new Promise((resolve) => stream.grab(item(`in-${inMs}`), resolve, performance.now() + inMs));
    // Long enough for it to leave, even if the machine stands still for a while.
    const replies = Promise.all([hurried(5_000), hurried(-1)]);
    await until('both arrive', () => arrived().length === 2);
    expect(await replies).toEqual([UNKNOWN, UNKNOWN]);
    // Inventory may be at work on what was sent, and on nothing that was late from the start.
    expect([isAnswered, stream.inFlight]).toEqual([false, 2]);
    expect(arrived()).toEqual(['patient', 'in-5000']);
  });

  it('makes every unanswered grab unknown when inventory dies, and comes back by itself', async () => {
    services.onGrab = () => undefined;
    await open();
    const unanswered = ['a', 'b', 'c'].map(ask);
    await until('they arrive', () => arrived().length === 3);
    const { port } = services;
    services.kill();
    expect(await Promise.all(unanswered)).toEqual([UNKNOWN, UNKNOWN, UNKNOWN]);
    expect(stream.up).toBe(false);
    expect(await ask('d')).toEqual(UNKNOWN);
    services.onGrab = (grab) => granted(grab);
    await services.start(port);
    await untilUp();
    expect((await ask('d')).kind).toBe('answer');
  });

  it('comes back after inventory has ended the stream in good order', async () => {
    await open();
    expect((await ask('a')).kind).toBe('answer');
    for (const call of services.streams) call.end();
    await until('the end is seen', () => !stream.up);
    await untilUp();
    expect((await ask('b')).kind).toBe('answer');
  });

  it('leaves nothing waiting when it closes', async () => {
    services.onGrab = () => undefined;
    await open();
    const unanswered = ask('a');
    stream.close();
    expect(await unanswered).toEqual(UNKNOWN);
    expect(await ask('b')).toEqual(UNKNOWN);
  });

  describe('behind a connection that falls silent', () => {
    let proxy: SilentProxy;

    beforeEach(async () => {
      proxy = await SilentProxy.start(() => services.port);
    });
    afterEach(() => proxy.close());

    const openBehind = async (silentMsMax: number, options: Partial<InventoryStreamOptions> = {}) => {
      client.close();
      client = createGrpcClient(inventoryV1.InventoryServiceClient, proxy.address, { silentMsMax });
      await open(options);
    };

    it('takes it for down, although it is open and would even be accepted, and is up again when it answers', async () => {
      await openBehind(8_000);
      services.onGrab = () => undefined;
      const unanswered = ask('a');
      await until('it arrives', () => arrived().length === 1);
      proxy.stop();
      expect(await unanswered).toEqual(UNKNOWN);
      await until('it is down', () => !stream.up);
      services.onGrab = (grab) => granted(grab);
      proxy.go();
      await untilUp();
      expect((await ask('b')).kind).toBe('answer');
    });

    it('is never up while it is silent', async () => {
      await openBehind(200);
      proxy.stop();
      await until('the silence is noticed', () => !stream.up);
      const seen = new Set<boolean>();
      for (let i = 0; i < 40; i += 1) {
        seen.add(stream.up);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect([...seen]).toEqual([false]);
    });

    it('takes no more than a bound, and never sends a grab that was given up meanwhile', async () => {
      // Silent for longer than the test, so that only frames that do not leave hold grabs up.
      await openBehind(3_600_000, { budgetMs: 2_000, inFlightMax: 1_000_000 });
      services.onGrab = () => undefined;
      proxy.stop();
      const replies: GrabReply[] = [];
      let sent = 0;
      await until('it takes no more', () => {
        for (let i = 0; i < 500 && !stream.full; i += 1, sent += 1) {
          stream.grab({ ...item(`g${sent}`), qualificationId: 'q'.repeat(500) }, (reply) => replies.push(reply));
        }
        return stream.full;
      });
      expect(await ask('late')).toEqual({ kind: 'full' });
      await until('all are given up', () => replies.length === sent);
      expect(replies.every(({ kind }) => kind === 'unknown')).toBe(true);
      expect(stream.inFlight).toBe(0);
      // What had left this process before is on the wire and cannot be called back; what had not, must not leave now.
      services.onGrab = (grab) => granted(grab);
      proxy.go();
      await until('a grab is answered again', async () => (await ask('next')).kind === 'answer');
      expect(arrived().length).toBeLessThan(sent - 1_000);
      expect(arrived()).not.toContain(`g${sent - 1}`);
    });
  });
});
