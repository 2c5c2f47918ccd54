import fc from 'fast-check';
import { type Card } from './campaign';
import { pickCard } from './pick-card';

const someCards = fc
  .array(
    fc.record({
      weight: fc.integer({ min: 1, max: 5 }),
      budget: fc.integer({ min: 1, max: 3 }),
      minted: fc.integer({ min: 0, max: 3 }),
    }),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((cards): Card[] =>
    cards.map((card, index) => ({ ...card, minted: Math.min(card.minted, card.budget), cardId: `c${index}` })),
  );

it('gives each card whose budget is not used up exactly its weight of all equally likely numbers', () => {
  fc.assert(
    fc.property(someCards, (cards) => {
      const open = cards.filter((card) => card.minted < card.budget);
      const total = open.reduce((sum, card) => sum + card.weight, 0);
      const picked = Array.from({ length: total }, (_, number) => pickCard(cards, { below: () => number }));
      for (const { cardId, weight, minted, budget } of cards) {
        const times = picked.filter((one) => one === cardId).length;
        expect(times).toBe(minted < budget ? weight : 0);
      }
    }),
  );
});

it('asks chance for a number below the sum of the open weights, and not at all when every budget is used up', () => {
  const limits: number[] = [];
  const random = { below: (limit: number) => limits.push(limit) - 1 };
  expect(
    pickCard(
      [
        { cardId: 'a', weight: 3, budget: 2, minted: 1 },
        { cardId: 'b', weight: 9, budget: 1, minted: 1 },
      ],
      random,
    ),
  ).toBe('a');
  expect(pickCard([{ cardId: 'b', weight: 9, budget: 1, minted: 1 }], random)).toBeUndefined();
  expect(pickCard([], random)).toBeUndefined();
  expect(limits).toEqual([3]);
});

it('refuses a number that no card stands for', () => {
  expect(() => pickCard([{ cardId: 'a', weight: 1, budget: 1, minted: 0 }], { below: (limit) => limit })).toThrow(
    RangeError,
  );
});
