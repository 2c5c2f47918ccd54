import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRedis, type RedisClient } from '@floodgate/adapters/redis';
import { WaitingRoom } from '@floodgate/domain/waiting-room';
import { roomStoreContract } from '@floodgate/domain/waiting-room/testing';
import {
  SERVERS,
  startRedis,
  startRedisCluster,
  type TestRedisCluster,
  type TestRedisServer,
  until,
  untilNoError,
} from '@floodgate/testing';
import { RedisRoomStore } from './redis-room-store';

let cluster: TestRedisCluster;
const PATIENCE = { commandTimeout: 60_000 };
const one = createRedis(SERVERS.redisUrl, PATIENCE);
let three: RedisClient;

beforeAll(async () => {
  await one.connect();
  cluster = await startRedisCluster({ masters: 3 });
  three = createRedis(cluster.url, PATIENCE);
  await three.connect();
});
afterAll(async () => {
  one.disconnect();
  three.disconnect();
  await cluster.stop();
});

roomStoreContract('Redis', () => ({ store: new RedisRoomStore(one), pass: (ms) => sleep(ms) }));
roomStoreContract('a Redis Cluster', () => ({ store: new RedisRoomStore(three), pass: (ms) => sleep(ms) }));

describe('waiting rooms of two gateways, and a Redis that forgets', () => {
  const PER_SECOND = 50;
  let server: TestRedisServer;
  let redis: RedisClient;
  let rooms: [WaitingRoom, WaitingRoom];
  let room: { campaignId: string; api: string };

  beforeAll(async () => {
    server = await startRedis();
    redis = createRedis(server.url, PATIENCE);
    redis.on('error', () => undefined);
    await redis.connect();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(() => {
    room = { campaignId: `c-${randomUUID()}`, api: 'grab' };
    rooms = [roomsOf('a'), roomsOf('b')];
  });

  const roomsOf = (instanceId: string) =>
    new WaitingRoom(new RedisRoomStore(redis), {
      instanceId,
      newSeed: () => randomBytes(32).toString('hex'),
      isOverloaded: () => false,
    });
  const beat = (isOpen = true) =>
    Promise.all(rooms.map((one) => one.beat(room, { isOpen, limits: { perSecondMax: PER_SECOND, cap: null } })));
  const join = (from: number, to: number, no: 0 | 1) =>
    Promise.all(Array.from({ length: to - from + 1 }, (_, index) => rooms[no].join(room, `u${from + index}`, true)));
  const positionsOf = (arrivals: readonly (number | undefined)[]) =>
    arrivals.map((arrival) => {
      const place = rooms[0].placeOf(room, arrival ?? NaN);
      return place.kind === 'unopened' ? undefined : place.position;
    });
  const untilServing = (serving: number) =>
    until(`position ${serving} is called`, async () => {
      await beat();
      return rooms[0].stateOf(room).serving >= serving;
    });

  it('FLUSHALL: nobody loses their place, nobody gets another one, and the serving number does not go back', async () => {
    const early = (await Promise.all([join(1, 40, 0), join(41, 80, 1)])).flat();
    expect(new Set(early).size).toBe(80);
    await beat(false);
    await beat();
    const later = (await Promise.all([join(81, 100, 0), join(101, 120, 1)])).flat();
    await untilServing(5);
    const before = positionsOf([...early, ...later]);
    expect(new Set(before).size).toBe(120);
    const { serving, opening } = rooms[0].stateOf(room);

    await server.admin.flushall();
    await beat();
    expect(positionsOf([...early, ...later])).toEqual(before);
    for (const one of rooms) {
      expect(one.stateOf(room).opening).toEqual(opening);
      expect(one.stateOf(room).serving).toBeGreaterThanOrEqual(serving);
    }
    const newcomers = await join(121, 140, 1);
    expect(Math.min(...newcomers.map((arrival) => arrival ?? NaN))).toBeGreaterThan(120);
    await untilServing(serving + 5);
  });

  /** Has people called, and then by this server, which finds what another wrote down whose clock was so much ahead; until it has called some more. */
  const takenOverFrom = async (aheadMs: number, more: object = {}) => {
    const key = `room:state:${room.campaignId}/${room.api}`;
    const marksNow = async () => JSON.parse((await redis.hget(key, 'marks')) ?? '[]') as number[][];
    await join(1, 300, 0);
    const marks = await until('it is written down that somebody was called', async () => {
      await beat();
      const found = await marksNow();
      return found.some(([, serving = 0]) => serving > 0) && found;
    });
    const { leaseUntilMs, calledAtMs } = await redis.hgetall(key);
    const shifted = marks.map(([atMs = NaN, ...rest]) => [atMs + aheadMs, ...rest]);
    await redis.hset(key, {
      leaseUntilMs: Number(leaseUntilMs) + aheadMs,
      calledAtMs: Number(calledAtMs) + aheadMs,
      marks: JSON.stringify(shifted),
      ...more,
    });
    await untilServing(rooms[0].stateOf(room).serving + 3);
    return { firstMarkMs: (await marksNow())[0]?.[0], calledAtMs: Number(calledAtMs) };
  };

  it('a server takes over whose clock is an hour behind: the room goes on, although who led it is gone', async () => {
    const { firstMarkMs, calledAtMs } = await takenOverFrom(3_600_000, { leader: 'gone' });
    expect(firstMarkMs).toBeLessThan(calledAtMs + 600_000);
  });

  it('a server takes over whose clock is an hour ahead: nobody who was called has lost their place', async () => {
    await takenOverFrom(-3_600_000);
    expect(rooms[0].stateOf(room).lapsed).toBe(0);
  });

  it('a gateway that was not there learns it all from the other, through Redis', async () => {
    await join(1, 30, 0);
    await beat();
    await untilServing(3);
    await server.admin.flushall();
    await beat();
    rooms[1] = roomsOf('c');
    await beat();
    expect(rooms[1].stateOf(room)).toMatchObject({ opening: rooms[0].stateOf(room).opening });
    expect(rooms[1].stateOf(room).serving).toBeGreaterThanOrEqual(3);
  });

  it('Redis away: joining and beating fail, and what is known still stands', async () => {
    await join(1, 10, 0);
    await beat();
    await untilServing(2);
    const { serving } = rooms[0].stateOf(room);
    await server.kill();
    await expect(rooms[0].join(room, 'late', true)).rejects.toThrow();
    await expect(beat()).rejects.toThrow();
    expect(rooms[0].stateOf(room).serving).toBe(serving);
    await server.start({ withoutData: true });
    await untilNoError('Redis is back', () => redis.ping());
    expect(await rooms[0].join(room, 'late', true)).toBeGreaterThan(10);
    await untilServing(serving + 1);
  });
});
