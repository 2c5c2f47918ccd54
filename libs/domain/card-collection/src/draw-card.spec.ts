import fc from 'fast-check';
import { DrawCard } from './draw-card';
import { MemoryCollection, SPRING } from './memory-collection.fixture';

const PLENTY = { luck: 100, joy: 100, health: 100 };

const setUp = (budgets: Record<string, number> = PLENTY, below: (limit: number) => number = () => 0) => {
  const memory = new MemoryCollection(budgets);
  const { campaigns, draws, holdings, clock } = memory;
  return { memory, draw: new DrawCard({ campaigns, draws, holdings, clock, random: { below } }) };
};
const request = (drawId = 'd1', userId = 'u1', campaignId = 'spring') => ({ campaignId, userId, drawId });

it('spends one draw on one card', async () => {
  const { memory, draw } = setUp();
  memory.earned.set('u1', 2);
  expect(await draw.run(request())).toEqual({ outcome: 'OK', cardId: 'luck', drawsLeft: 1 });
  expect(memory.drawn).toEqual([{ ...request(), cardId: 'luck', drawnAtMs: 2_500 }]);
});

it('gives the same card for the same drawId, for ever', async () => {
  let times = 0;
  const { memory, draw } = setUp(PLENTY, (limit) => times++ % limit);
  memory.earned.set('u1', 1);
  const first = await draw.run(request());
  memory.atMs = 9_000;
  expect(await draw.run(request())).toEqual(first);
  expect(memory.drawn).toHaveLength(1);
});

it('takes the equal drawId of another person as another draw', async () => {
  const { memory, draw } = setUp();
  memory.earned.set('u1', 1).set('u2', 1);
  await draw.run(request());
  expect(await draw.run(request('d1', 'u2'))).toMatchObject({ outcome: 'OK', drawsLeft: 0 });
  expect(memory.drawn).toHaveLength(2);
});

it('answers the card that a twin of the same draw got a hair earlier', async () => {
  const { memory, draw } = setUp();
  memory.earned.set('u1', 1);
  const { find } = memory.draws;
  let looks = 0;
  memory.draws.find = async (key) => {
    if (looks++ > 0) return find(key);
    await memory.draws.record({ ...request(), cardId: 'health', drawnAtMs: 2_400 });
    return undefined;
  };
  expect(await draw.run(request())).toEqual({ outcome: 'OK', cardId: 'health', drawsLeft: 0 });
});

it('picks again when others mint the last of the picked card in between', async () => {
  const { memory, draw } = setUp({ luck: 1, joy: 1, health: 0 });
  memory.earned.set('u1', 1);
  const { record } = memory.draws;
  memory.draws.record = async (one) => {
    if (one.cardId === 'luck') memory.minted.set('luck', 1);
    return record(one);
  };
  expect(await draw.run(request())).toMatchObject({ outcome: 'OK', cardId: 'joy' });
});

it.each([
  [1_999, 'NOT_OPEN_YET'],
  [2_000, 'OK'],
  [3_000, 'OK'],
  [3_001, 'CLOSED'],
])('at %d: %s', async (atMs, outcome) => {
  const { memory, draw } = setUp();
  memory.earned.set('u1', 1);
  memory.atMs = atMs;
  expect((await draw.run(request())).outcome).toBe(outcome);
});

it('refuses without draws, without cards and without a campaign', async () => {
  const { memory, draw } = setUp({ luck: 1 });
  expect(await draw.run(request())).toMatchObject({ outcome: 'NO_DRAWS_LEFT' });
  memory.earned.set('u1', 2);
  await draw.run(request());
  expect(await draw.run(request('d2'))).toMatchObject({ outcome: 'SOLD_OUT' });
  expect(await draw.run(request('d3', 'u1', 'none'))).toMatchObject({ outcome: 'WAIT' });
  expect(await draw.run(request('d4', 'u9', 'none'))).toMatchObject({ outcome: 'NO_SUCH_CAMPAIGN' });
});

it('says wait to someone whose draws are here before the campaign is', async () => {
  const { memory, draw } = setUp();
  memory.campaign = undefined;
  memory.earned.set('u1', 1);
  expect(await draw.run(request())).toMatchObject({ outcome: 'WAIT', pollAfterMs: 500 });
  memory.campaign = { ...SPRING, cardIds: [] };
  expect(await draw.run(request())).toMatchObject({ outcome: 'NO_SUCH_CAMPAIGN' });
});

it('never mints past a budget nor spends past what was earned, whatever comes in which order', async () => {
  const steps = fc.array(
    fc.record({ user: fc.constantFrom('u1', 'u2'), drawId: fc.integer({ min: 0, max: 9 }), chance: fc.nat() }),
    { maxLength: 30 },
  );
  const budget = fc.integer({ min: 0, max: 3 });
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.record({ luck: budget, joy: budget, health: budget }),
      budget,
      async (run, budgets, earned) => {
        let chance = 0;
        const { memory, draw } = setUp(budgets, (limit) => chance % limit);
        memory.earned.set('u1', earned).set('u2', earned);
        for (const step of run) {
          ({ chance } = step);
          await draw.run(request(`d${step.drawId}`, step.user));
        }
        for (const [cardId, minted] of memory.minted)
          expect(minted).toBeLessThanOrEqual(budgets[cardId as keyof typeof budgets]);
        for (const user of ['u1', 'u2']) {
          expect(memory.drawn.filter((one) => one.userId === user).length).toBeLessThanOrEqual(earned);
        }
      },
    ),
  );
});
