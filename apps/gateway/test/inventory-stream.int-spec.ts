import { inventoryV1 } from '@floodgate/contracts';
import { createGrpcClient } from '@floodgate/nest-kit';
import { MemoryLog, until } from '@floodgate/testing';
import { type GrabItem, InventoryStream, type InventoryStreamOptions } from '../src/grab/inventory-stream';
import { granted, StubServices } from './stub-services';

const item = (grabId: string): GrabItem => ({
  campaignId: 'c',
  poolId: 'p',
  userId: `user-of-${grabId}`,
  grabId,
  qualificationId: '',
});

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

  const open = (options: Partial<InventoryStreamOptions> = {}) => {
    stream = new InventoryStream(client, { budgetMs: 20_000, inFlightMax: 10_000, ...options }, new MemoryLog());
  };

  it('gathers grabs into few frames and gives each its own answer, in whatever order they come', async () => {
    open();
    const ids = Array.from({ length: 2_000 }, (_, i) => `g${i}`);
    const replies = await Promise.all(ids.map((id) => stream.grab(item(id))));
    expect(replies.map((reply) => reply.kind === 'answer' && reply.answer.grabId)).toEqual(ids);
    expect(services.frames.flat()).toHaveLength(2_000);
    expect(services.frames.length).toBeLessThanOrEqual(8);
    expect(stream.inFlight).toBe(0);
  });

  it('refuses more than it may hold, and takes more once answers have come', async () => {
    const held: inventoryV1.GrabItem[] = [];
    services.onGrab = (grab) => {
      held.push(grab);
      return undefined;
    };
    open({ inFlightMax: 3 });
    const first = ['a', 'b', 'c'].map((id) => stream.grab(item(id)));
    expect(await stream.grab(item('d'))).toEqual({ kind: 'full' });
    await until('the three arrive', () => held.length === 3);
    for (const call of services.streams) call.write({ answers: held.map((grab) => granted(grab)) });
    expect((await Promise.all(first)).every(({ kind }) => kind === 'answer')).toBe(true);
    services.onGrab = (grab) => granted(grab);
    expect((await stream.grab(item('d'))).kind).toBe('answer');
  });

  it('calls a grab unknown that has no answer within its budget, and drops the answer that comes too late', async () => {
    const held: inventoryV1.GrabItem[] = [];
    services.onGrab = (grab) => {
      held.push(grab);
      return undefined;
    };
    open({ budgetMs: 100 });
    expect(await stream.grab(item('a'))).toEqual({ kind: 'unknown' });
    for (const call of services.streams) call.write({ answers: held.map((grab) => granted(grab)) });
    services.onGrab = (grab) => granted(grab);
    await until('the next is answered with its own', async () => {
      const reply = await stream.grab(item('b'));
      return reply.kind === 'answer' && reply.answer.grabId === 'b';
    });
  });

  it('makes every unanswered grab unknown when inventory dies, and comes back by itself', async () => {
    services.onGrab = () => undefined;
    open();
    const unanswered = ['a', 'b', 'c'].map((id) => stream.grab(item(id)));
    await until('they arrive', () => services.frames.flat().length === 3);
    const { port } = services;
    services.kill();
    expect(await Promise.all(unanswered)).toEqual([{ kind: 'unknown' }, { kind: 'unknown' }, { kind: 'unknown' }]);
    expect(stream.up).toBe(false);
    expect(await stream.grab(item('d'))).toEqual({ kind: 'unknown' });
    services.onGrab = (grab) => granted(grab);
    await services.start(port);
    await until('a grab is answered again', async () => (await stream.grab(item('d'))).kind === 'answer');
  });

  it('comes back after inventory has ended the stream in good order', async () => {
    open();
    expect((await stream.grab(item('a'))).kind).toBe('answer');
    for (const call of services.streams) call.end();
    await until('the end is seen', () => !stream.up);
    await until('a grab is answered again', async () => (await stream.grab(item('b'))).kind === 'answer');
  });

  it('leaves nothing waiting when it closes', async () => {
    services.onGrab = () => undefined;
    open();
    const unanswered = stream.grab(item('a'));
    stream.close();
    expect(await unanswered).toEqual({ kind: 'unknown' });
    expect(await stream.grab(item('b'))).toEqual({ kind: 'unknown' });
  });
});
