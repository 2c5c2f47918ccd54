import { type Card } from './campaign';

/** Where chance comes from. */
export interface RandomSource {
  /** A whole number from 0 to limit - 1, each equally likely. */
  below(limit: number): number;
}

/** Draws among the cards whose budget is not used up, by weight; undefined when every budget is. */
export function pickCard(cards: readonly Card[], random: RandomSource): string | undefined {
  const open = cards.filter((card) => card.minted < card.budget);
  const total = open.reduce((sum, card) => sum + card.weight, 0);
  if (total === 0) return undefined;
  let rest = random.below(total);
  for (const card of open) {
    if (rest < card.weight) return card.cardId;
    rest -= card.weight;
  }
  throw new RangeError(`the random source left its limit of ${total}`);
}
