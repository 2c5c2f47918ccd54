import { UnitPermutation } from '@floodgate/domain/packets';
import { keyedDraws } from '@floodgate/kernel';
import { type Opening } from './room';

/** Turns arrival numbers into positions. Anybody can: the seed is public from the opening on, and was nobody's before. */
export class Shuffle {
  private readonly permutation: UnitPermutation | undefined;

  constructor(private readonly opening: Opening) {
    const { frozen, seed } = opening;
    this.permutation = frozen > 0 ? new UnitPermutation(keyedDraws(seed), frozen) : undefined;
  }

  /**
   * Who came before the opening is shuffled among those who did; who came after keeps the order of arrival, behind them. So
   * each arrival number has one position, for ever, and no two have the same.
   */
  positionOf(arrival: number): number {
    if (this.permutation === undefined || arrival > this.opening.frozen) return arrival;
    return this.permutation.at(arrival - 1) + 1;
  }
}

/** Keeps the shuffle of the last opening it was asked about. */
export class Shuffles {
  private last: { readonly opening: Opening; readonly shuffle: Shuffle } | undefined;

  positionOf(arrival: number, opening: Opening): number {
    const known = this.last;
    if (known?.opening.seed === opening.seed && known.opening.frozen === opening.frozen) {
      return known.shuffle.positionOf(arrival);
    }
    const shuffle = new Shuffle(opening);
    this.last = { opening, shuffle };
    return shuffle.positionOf(arrival);
  }
}
