import { type Draw, fen, type Fen, keyedDraws, sha256Hex } from '@floodgate/kernel';
import { type PacketTerms } from './packet-terms';
import { RandomSplit } from './random-split';
import { UnitPermutation } from './unit-permutation';

/**
 * Cuts a pool into packets: the amounts stand in slots, and a unit gets the amount of the slot that a permutation sends it to.
 * Amounts and permutation follow from the seed alone, and sum exactly to the pool for any seed. The terms must be sound for the
 * number of packets, as the campaign's check makes sure.
 */
export class PacketCutter {
  /** The amount that stands in a slot. */
  readonly amountOfSlot: (slotNo: number) => Fen;
  private readonly permutation: UnitPermutation;

  constructor(
    terms: PacketTerms,
    private readonly stock: number,
    seed: string,
  ) {
    const draw = keyedDraws(sha256Hex(seed));
    this.permutation = new UnitPermutation(draw, stock);
    this.amountOfSlot = slotAmounts(terms, stock, draw);
  }

  /** Throws RangeError for a unit that is not in the pool. */
  amountOf(unitNo: number): Fen {
    return this.amountOfSlot(this.slotOf(unitNo));
  }

  /** Throws RangeError for a unit that is not in the pool. */
  slotOf(unitNo: number): number {
    if (!(unitNo >= 0 && unitNo < this.stock)) throw new RangeError(`unit ${unitNo} is not one of ${this.stock}`);
    return this.permutation.at(unitNo);
  }
}

function slotAmounts(terms: PacketTerms, stock: number, draw: Draw): (slotNo: number) => Fen {
  switch (terms.mode) {
    case 'equal':
      return equalAmounts(terms.totalFen, stock);
    case 'levels':
      return levelAmounts(terms);
    case 'random': {
      const split = new RandomSplit(draw, terms, stock);
      return (slotNo) => split.amountOf(slotNo);
    }
  }
}

/** What does not divide evenly goes to the first slots, one fen each. */
function equalAmounts(totalFen: Fen, stock: number): (slotNo: number) => Fen {
  const baseFen = Math.floor(totalFen / stock);
  const remainderFen = totalFen - baseFen * stock;
  return (slotNo) => fen(slotNo < remainderFen ? baseFen + 1 : baseFen);
}

/** The slots are filled level by level, in the order of the list. */
function levelAmounts({ levels = [] }: PacketTerms): (slotNo: number) => Fen {
  return (slotNo) => {
    let end = 0;
    for (const { amountFen, count } of levels) {
      end += count;
      if (slotNo < end) return amountFen;
    }
    throw new RangeError(`the levels have no packet for slot ${slotNo}`);
  };
}
