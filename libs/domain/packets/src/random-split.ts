import { type Draw, fen, type Fen } from '@floodgate/kernel';
import { type PacketTerms } from './packet-terms';

/** Nodes of the tree whose split is kept once it is drawn: the upper 14 levels, 128 kB at most. */
const KEPT_NODES_MAX = 2 ** 14;

/**
 * The amounts of mode random, slot by slot, computed for one slot without the others: the pool is halved again and again, and
 * the left half gets its fair part plus or minus a drawn number of fen. How far off it may be makes sure that both halves can
 * still give every packet its minimum and none more than its maximum, so no amount is ever cut off at a bound.
 */
export class RandomSplit {
  // What the left half gets, plus one, by the node's number in the heap; 0 stands for one not drawn yet.
  private readonly kept: Float64Array;

  constructor(
    private readonly draw: Draw,
    private readonly terms: Pick<PacketTerms, 'totalFen' | 'minFen' | 'maxFen'>,
    private readonly slots: number,
  ) {
    this.kept = new Float64Array(Math.min(KEPT_NODES_MAX, 2 ** Math.ceil(Math.log2(slots))));
  }

  amountOf(slotNo: number): Fen {
    let node = 1;
    let from = 0;
    let slots = this.slots;
    let amountFen: number = this.terms.totalFen;
    while (slots > 1) {
      const leftSlots = Math.floor(slots / 2);
      const leftFen = this.left(node, from, slots, amountFen);
      const isLeft = slotNo < from + leftSlots;
      node = 2 * node + (isLeft ? 0 : 1);
      amountFen = isLeft ? leftFen : amountFen - leftFen;
      if (!isLeft) from += leftSlots;
      slots = isLeft ? leftSlots : slots - leftSlots;
    }
    return fen(amountFen);
  }

  private left(node: number, from: number, slots: number, amountFen: number): number {
    const known = this.kept[node];
    if (known) return known - 1;
    const drawn = this.drawLeft(from, slots, amountFen);
    if (node < this.kept.length) this.kept[node] = drawn + 1;
    return drawn;
  }

  /** Whole numbers below 2^53 throughout, so that every language computes the same. */
  private drawLeft(from: number, slots: number, amountFen: number): number {
    const { minFen, maxFen } = this.terms;
    const leftSlots = Math.floor(slots / 2);
    // How much all these slots together are above the minimum, or below the maximum, whichever is less. A maximum so large
    // that the product is not exact is not the lesser.
    const spareFen = Math.min(amountFen - slots * minFen, slots * maxFen - amountFen);
    // A sum of n independent packets strays with the root of n, while its fair part grows with n.
    const reachFen = Math.floor(partOf(spareFen, leftSlots, slots) / Math.ceil(Math.sqrt(leftSlots)));
    const strayFen = (this.draw(`split ${from} ${slots}`) % (2 * reachFen + 1)) - reachFen;
    return partOf(amountFen, leftSlots, slots) + strayFen;
  }
}

/** amount * part / whole, rounded down, without a product that could pass 2^53: part is at most half of whole, whole 10^8. */
function partOf(amount: number, part: number, whole: number): number {
  const rest = amount % whole;
  return ((amount - rest) / whole) * part + Math.floor((rest * part) / whole);
}
