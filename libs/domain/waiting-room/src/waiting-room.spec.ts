import { sha256Hex } from '@floodgate/kernel';
import fc from 'fast-check';
import { EMPTY_ROOM } from './room';
import { MemoryRoomStore } from './testing';
import { WaitingRoom } from './waiting-room';

const ROOM = { campaignId: 'c', api: 'grab' };
const T0_MS = 1_700_000_000_000;
const PER_SECOND = 200;
const PEOPLE = 300;
const INSTANCES = 3;

type Step =
  | { readonly kind: 'join'; readonly userNo: number; readonly instanceNo: number }
  | { readonly kind: 'beat'; readonly instanceNo: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'flush' }
  | { readonly kind: 'restart'; readonly instanceNo: number };

const instanceNo = fc.nat(INSTANCES - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('join' as const), userNo: fc.nat(PEOPLE - 1), instanceNo }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('beat' as const), instanceNo }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 900 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), instanceNo }) },
);

/** Several instances on one store, by virtual time. People keep their numbers, as they keep their tickets. */
class World {
  nowMs = T0_MS - 5_000;
  readonly store = new MemoryRoomStore(() => this.nowMs);
  readonly instances = Array.from({ length: INSTANCES }, (_, no) => this.instance(no));
  readonly tickets = new Map<string, number>();
  readonly positions = new Map<string, number>();
  servingSeen = 0;
  isOverloaded = false;
  private seeds = 0;

  instance(no: number): WaitingRoom {
    return new WaitingRoom(this.store, {
      instanceId: `i${no}`,
      newSeed: () => sha256Hex(`seed ${this.seeds++}`),
      isOverloaded: () => this.isOverloaded,
    });
  }

  at(no: number): WaitingRoom {
    const instance = this.instances[no];
    if (!instance) throw new Error(`no instance ${no}`);
    return instance;
  }

  async beat(no: number): Promise<void> {
    await this.at(no).beat(ROOM, { isOpen: this.nowMs >= T0_MS, limits: { perSecondMax: PER_SECOND, cap: null } });
  }

  async beatAll(): Promise<void> {
    for (let no = 0; no < INSTANCES; no++) await this.beat(no);
  }

  async do(one: Step): Promise<void> {
    switch (one.kind) {
      case 'join': {
        const userId = `u${one.userNo}`;
        if (this.tickets.has(userId)) return;
        const arrival = await this.at(one.instanceNo).join(ROOM, userId, true);
        if (arrival !== undefined) this.tickets.set(userId, arrival);
        return;
      }
      case 'beat':
        return this.beat(one.instanceNo);
      case 'pass':
        this.nowMs += one.ms;
        return;
      case 'flush':
        // What was heard by nobody is told by nobody: the margin for that has a test of its own.
        await this.beatAll();
        this.store.flush();
        return;
      case 'restart':
        await this.beatAll();
        this.instances[one.instanceNo] = this.instance(one.instanceNo);
        await this.beat(one.instanceNo);
        return;
    }
  }

  checkPlaces(): void {
    const taken = new Set<number>();
    const instance = this.instances.find((one) => one.stateOf(ROOM).opening !== undefined);
    if (instance === undefined) return;
    for (const [userId, arrival] of this.tickets) {
      const place = instance.placeOf(ROOM, arrival);
      if (place.kind === 'unopened') throw new Error('a room that is open');
      const before = this.positions.get(userId) ?? place.position;
      expect(place.position).toBe(before);
      expect(taken.has(place.position)).toBe(false);
      taken.add(place.position);
      this.positions.set(userId, place.position);
    }
  }
}

it('gives positions that are unique and stay, whoever forgets what, and calls nobody twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 150 }), async (steps) => {
      const world = new World();
      const servings = new Array<number>(INSTANCES).fill(0);
      for (const one of steps) {
        await world.do(one);
        world.checkPlaces();
        world.instances.forEach((instance, no) => {
          const { serving } = instance.stateOf(ROOM);
          if (one.kind !== 'restart') expect(serving).toBeGreaterThanOrEqual(servings[no] ?? 0);
          servings[no] = serving;
        });
      }
    }),
    { numRuns: 60 },
  );
});

it('never calls more than the rate, whoever leads and whatever is flushed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 150 }), async (steps) => {
      const world = new World();
      await world.store.take(ROOM, 100_000, { known: EMPTY_ROOM, unheard: 0 });
      world.nowMs = T0_MS;
      await world.beatAll();
      for (const one of steps) {
        await world.do(one);
        const highest = Math.max(...world.instances.map((instance) => instance.stateOf(ROOM).serving));
        expect(highest).toBeLessThanOrEqual(((world.nowMs - T0_MS) * PER_SECOND) / 1_000 + 1);
      }
    }),
    { numRuns: 60 },
  );
});

describe('a room', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  const joinAll = (userIds: readonly string[], no = 0) =>
    Promise.all(userIds.map((userId) => world.at(no).join(ROOM, userId, true)));
  const people = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `u${from + index}`);

  it('gives the same person the same number, also to many calls at once and at other instances', async () => {
    const [one, two, three] = await Promise.all([
      world.at(0).join(ROOM, 'ann', true),
      world.at(0).join(ROOM, 'ann', true),
      world.at(1).join(ROOM, 'ann', true),
    ]);
    expect(two).toBe(one);
    expect(three).toBe(one);
    expect(await world.at(2).join(ROOM, 'ann', false)).toBe(one);
  });

  it('turns newcomers away who may not enter, and nobody else', async () => {
    await joinAll(['ann']);
    expect(await world.at(0).join(ROOM, 'bob', false)).toBeUndefined();
    expect(world.at(0).stateOf(ROOM).issued).toBe(1);
    const [ann, bob] = await Promise.all([world.at(0).join(ROOM, 'ann', false), world.at(0).join(ROOM, 'bob', true)]);
    expect([ann, bob]).toEqual([1, 2]);
  });

  it('shuffles who came before T0, and nobody after', async () => {
    await joinAll(people(1, 200));
    await world.beatAll();
    expect(world.at(0).placeOf(ROOM, 1)).toEqual({ kind: 'unopened' });
    world.nowMs = T0_MS;
    await world.beatAll();
    await joinAll(people(201, 210), 1);
    const placeAt = (arrival: number) => {
      const place = world.at(2).placeOf(ROOM, arrival);
      return place.kind === 'unopened' ? undefined : place.position;
    };
    const early = Array.from({ length: 200 }, (_, index) => placeAt(index + 1));
    expect(new Set(early).size).toBe(200);
    expect(early).not.toEqual([...early].sort((a = 0, b = 0) => a - b));
    expect(Array.from({ length: 10 }, (_, index) => placeAt(201 + index))).toEqual(
      Array.from({ length: 10 }, (_, index) => 201 + index),
    );
  });

  it('stands still while overloaded, and goes on without a rush', async () => {
    await joinAll(people(1, 300));
    world.nowMs = T0_MS;
    await world.beatAll();
    world.isOverloaded = true;
    for (let i = 0; i < 20; i++) {
      world.nowMs += 250;
      await world.beatAll();
    }
    expect(world.at(0).stateOf(ROOM).serving).toBe(0);
    world.isOverloaded = false;
    await world.beatAll();
    expect(world.at(0).stateOf(ROOM).serving).toBeLessThanOrEqual(PER_SECOND / 2);
    world.nowMs += 250;
    await world.beatAll();
    expect(world.at(0).stateOf(ROOM).serving).toBeGreaterThan(0);
  });

  it('gives whoever let their place lapse a new one, at the end', async () => {
    await joinAll(['ann', 'bob']);
    world.nowMs = T0_MS;
    for (let i = 0; i < 300; i++) {
      await world.beatAll();
      world.nowMs += 250;
    }
    expect(world.at(0).placeOf(ROOM, 1).kind).toBe('lapsed');
    await joinAll(['cid']);
    const [again] = await joinAll(['ann'], 1);
    expect(again).toBe(4);
    expect(world.at(0).placeOf(ROOM, 4).kind).toBe('waiting');
    expect((await joinAll(['ann'], 2))[0]).toBe(4);
  });

  it('begins above what others may have given out unheard, when the store has forgotten', async () => {
    await joinAll(people(1, 50), 0);
    await world.beatAll();
    await joinAll(people(51, 140), 1);
    world.store.flush();
    const [arrival] = await joinAll(['late'], 0);
    expect(arrival).toBeGreaterThan(140);
  });

  it('learns from what somebody could prove, when all have forgotten', async () => {
    await joinAll(people(1, 100));
    world.nowMs = T0_MS;
    await world.beatAll();
    world.nowMs += 400;
    await world.beatAll();
    const seen = world.at(0).stateOf(ROOM);
    const place = world.at(0).placeOf(ROOM, 70);
    expect(seen.serving).toBeGreaterThan(0);

    world.store.flush();
    world.instances.forEach((_, no) => (world.instances[no] = world.instance(no)));
    world.at(1).learn(ROOM, seen);
    expect(world.at(1).placeOf(ROOM, 70)).toEqual(place);
    await world.beat(1);
    await world.beat(0);
    expect(world.at(0).placeOf(ROOM, 70)).toEqual(place);
    expect(world.at(0).stateOf(ROOM).issued).toBeGreaterThanOrEqual(100);
  });

  it('binds a pass to one grab', async () => {
    const pass = { userId: 'ann', position: 1, ttlMs: 1_000 };
    expect(await world.at(0).spend(ROOM, { ...pass, grabId: 'g1' })).toBe(true);
    expect(await world.at(1).spend(ROOM, { ...pass, grabId: 'g2' })).toBe(false);
    expect(await world.at(2).spend(ROOM, { ...pass, grabId: 'g1' })).toBe(true);
  });

  it('tells everybody who waits for a number when the store is away, and serves the next', async () => {
    const { store } = world;
    const arrivals = store.arrivals.bind(store);
    store.arrivals = () => Promise.reject(new Error('away'));
    const failed = await Promise.allSettled(['ann', 'bob'].map((userId) => world.at(0).join(ROOM, userId, true)));
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    store.arrivals = arrivals;
    expect(await world.at(0).join(ROOM, 'ann', true)).toBe(1);
  });
});
