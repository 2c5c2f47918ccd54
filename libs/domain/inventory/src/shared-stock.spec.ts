import fc from 'fast-check';
import { type GrabAnswer } from './grab-answer';
import { type Instance, salePool, settle, StockWorld } from './stock-world.fixture';

type Told = Map<string, { userId: string; unitNo: number }>;

/** The end of all: nobody holds two, nobody shares one, everyone told GRANTED holds it, and each unit is somewhere. */
function expectExact(world: StockWorld, told: Told, ended: ReadonlySet<string> = new Set()): void {
  for (const instance of world.instances) {
    const [level] = instance.grabUnit.describe(world.pool.campaignId);
    expect(level).toMatchObject({ ready: true, atCut: true, inTransit: 0 });
    expect((level?.free ?? 0) + (level?.held ?? 0)).toBe(world.pool.stock);
    const holdings = [...instance.states.values()].flatMap((state) => [...state.heldByUser.values()]);
    expect(new Set(holdings.map(({ unitNo }) => unitNo)).size).toBe(holdings.length);
    expect(new Set(holdings.map(({ userId }) => userId)).size).toBe(holdings.length);
    const byGrab = new Map(holdings.map(({ grabId, userId, unitNo }) => [grabId, { userId, unitNo }]));
    for (const [grabId, what] of told) if (!ended.has(grabId)) expect(byGrab.get(grabId)).toEqual(what);
  }
}

/** Fresh people ask until nobody gets anything any more: what is free must be within somebody's reach. */
async function sellTheRest(world: StockWorld, told: Told): Promise<number> {
  const [instance] = world.instances;
  if (instance === undefined) throw new Error('nobody is left to sell');
  for (let i = 0; i < 3 * world.pool.stock + 10; i++) {
    const request = world.request(`late-${i}`);
    let answer = await world.grabAlone(instance, request);
    for (let again = 0; again < 5 && answer.outcome === 'WAIT'; again++) {
      world.nowMs += 500;
      answer = await world.grabAlone(instance, request);
    }
    if (answer.held !== undefined) told.set(answer.held.grabId, { userId: request.userId, unitNo: answer.held.unitNo });
    world.nowMs += 1_500;
  }
  return instance.grabUnit.describe(world.pool.campaignId)[0]?.held ?? 0;
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('grab' as const), user: fc.nat(20), grab: fc.nat(1), at: fc.nat(1) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('send' as const), at: fc.nat(1) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('read' as const), at: fc.nat(1), partition: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('tend' as const), at: fc.nat(1), ms: fc.nat(4_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const), at: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), at: fc.nat(1), nth: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'flush' as const }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

class Run {
  readonly told: Told = new Map();
  readonly ended = new Set<string>();

  constructor(readonly world: StockWorld) {}

  async do(todo: Step): Promise<void> {
    const { world } = this;
    if (todo.kind === 'flush') return world.admission.flush();
    const instance = world.instances[todo.at % world.instances.length];
    if (instance === undefined) return;
    switch (todo.kind) {
      case 'grab':
        this.grab(instance, `u${todo.user}`, `u${todo.user}-${todo.grab}`);
        break;
      case 'send':
        instance.send();
        break;
      case 'read':
        instance.read(todo.partition);
        break;
      case 'tend':
        world.nowMs += todo.ms;
        void instance.grabUnit.tend(instance);
        break;
      case 'end':
        this.end(instance, todo.nth);
        break;
      case 'kill':
        world.kill(instance);
        world.start();
        break;
    }
    await settle();
  }

  /** As when an order is not paid: the unit goes back on sale. */
  private end(instance: Instance, nth: number): void {
    const held = [...instance.states.values()].flatMap(({ id, heldByUser }) =>
      [...heldByUser.values()].map((holding) => ({ id, holding })),
    );
    const chosen = held[nth % Math.max(held.length, 1)];
    if (chosen === undefined) return;
    const { userId, grabId, unitNo } = chosen.holding;
    this.ended.add(grabId);
    const record = { kind: 'ended', userId, grabId, unitNo, toStock: true, causationId: 'e' } as const;
    this.world.append([{ shard: chosen.id, record }]);
  }

  private grab(instance: Instance, userId: string, grabId: string): void {
    const take = ({ outcome, held }: GrabAnswer) => {
      // A dead instance tells nobody anything.
      if (!instance.isAlive || held === undefined) return;
      if (outcome === 'GRANTED' || outcome === 'ALREADY_GRANTED')
        this.told.set(held.grabId, { userId, unitNo: held.unitNo });
    };
    void Promise.resolve(instance.grabUnit.grab(this.world.request(userId, grabId))).then(take);
  }
}

describe('stock shared by shards and instances', () => {
  it('is granted exactly, whoever dies, lags or forgets, and all of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 120 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom('sharded-counters' as const, 'memory' as const),
        async (steps, stock, strategy) => {
          const run = new Run(new StockWorld(salePool({ stock, shards: 3, strategy })));
          for (const todo of steps) await run.do(todo);
          await run.world.quiesce();
          expectExact(run.world, run.told, run.ended);
          expect(await sellTheRest(run.world, run.told)).toBe(stock);
          await run.world.quiesce();
          expectExact(run.world, run.told, run.ended);
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);

  it('goes to whoever asks, in whichever shard they are at home', async () => {
    const world = new StockWorld(salePool({ stock: 1, shards: 3 }));
    const [instance] = world.instances;
    const told: Told = new Map();
    expect(instance).toBeDefined();
    expect(await sellTheRest(world, told)).toBe(1);
    expectExact(world, told);
  });

  it('is not said to be sold out to who has got the last of it through another instance', async () => {
    const world = new StockWorld(salePool({ stock: 1, shards: 1, strategy: 'memory' }));
    const [first, second] = world.instances as [Instance, Instance];
    const won = world.request('u');
    void first.grabUnit.grab(won);
    await settle();
    first.send();
    // The second has not read that, and proposes the same unit to somebody else.
    const late = Promise.resolve(second.grabUnit.grab(world.request('late')));
    await settle();
    expect(await second.grabUnit.grab(won)).toMatchObject({ outcome: 'WAIT' });
    second.send();
    world.readAll();
    expect(await second.grabUnit.grab(won)).toMatchObject({ outcome: 'GRANTED', held: { unitNo: 0 } });
    expect(await late).toMatchObject({ outcome: 'SOLD_OUT_FOR_NOW' });
  });
});
