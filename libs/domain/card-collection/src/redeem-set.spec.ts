import { GetCards } from './get-cards';
import { MemoryCollection } from './memory-collection.fixture';
import { RedeemSet } from './redeem-set';

const setUp = () => {
  const memory = new MemoryCollection({ luck: 10, joy: 10, health: 10 });
  const { campaigns, holdings, redemptions, clock, ids } = memory;
  return {
    memory,
    redeem: new RedeemSet({ campaigns, holdings, redemptions, clock, ids }),
    cards: new GetCards(campaigns, holdings, redemptions),
    give: async (...cardIds: string[]) => {
      memory.earned.set('u1', (memory.earned.get('u1') ?? 0) + cardIds.length);
      for (const cardId of cardIds) {
        await memory.draws.record({ drawId: ids.next(), campaignId: 'spring', userId: 'u1', cardId, drawnAtMs: 2_100 });
      }
    },
  };
};

it('turns one of each card into a redemption, once', async () => {
  const { memory, redeem, cards, give } = setUp();
  await give('joy', 'luck', 'luck');
  expect(await redeem.run('spring', 'u1')).toMatchObject({ outcome: 'SET_INCOMPLETE' });
  expect(await cards.run('spring', 'u1')).toMatchObject({ setComplete: false, redeemed: false, drawsLeft: 0 });
  await give('health');
  expect(await cards.run('spring', 'u1')).toMatchObject({ setComplete: true, redeemed: false });
  const first = await redeem.run('spring', 'u1');
  memory.atMs = 9_000;
  expect(await redeem.run('spring', 'u1')).toEqual(first);
  expect(memory.redeemed).toMatchObject([{ userId: 'u1', redeemedAtMs: 2_500 }]);
  expect(await cards.run('spring', 'u1')).toEqual({
    outcome: 'OK',
    cards: [{ cardId: 'luck', count: 1 }],
    drawsLeft: 0,
    setComplete: false,
    redeemed: true,
  });
});

it.each([
  [1_999, 'NOT_OPEN_YET'],
  [2_000, 'OK'],
  [3_000, 'OK'],
  [3_001, 'CLOSED'],
])('at %d: %s', async (atMs, outcome) => {
  const { memory, redeem, give } = setUp();
  await give('joy', 'luck', 'health');
  memory.atMs = atMs;
  expect((await redeem.run('spring', 'u1')).outcome).toBe(outcome);
});

it('shows the cards in the order of the campaign', async () => {
  const { cards, give } = setUp();
  await give('health', 'luck');
  expect(await cards.run('spring', 'u1')).toMatchObject({ cards: [{ cardId: 'luck' }, { cardId: 'health' }] });
});

it('knows no other campaign', async () => {
  const { redeem, cards } = setUp();
  expect(await redeem.run('none', 'u1')).toMatchObject({ outcome: 'NO_SUCH_CAMPAIGN' });
  expect(await cards.run('none', 'u1')).toMatchObject({ outcome: 'NO_SUCH_CAMPAIGN' });
});
