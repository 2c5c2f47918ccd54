import { type Fen, fen, hash32 } from '@floodgate/kernel';
import { type PacketPlan, type Pool } from './pool';

/**
 * The amount of one unit in fen: of a packet pool its packet, of a sale the price. Computed from the seed in O(log stock)
 * steps; no list of amounts is stored anywhere.
 */
export function amountOf(pool: Pick<Pool, 'stock' | 'packets' | 'price'>, unitNo: number): Fen {
  if (pool.packets !== undefined) return packetAmount(pool.packets, pool.stock, unitNo);
  if (pool.price !== undefined) return pool.price.priceFen;
  throw new RangeError('the pool has neither packets nor a price');
}

/**
 * Amounts sum exactly to totalFen, and each lies within minFen and maxFen. `equal` differs by one fen at most. `random`
 * halves the pool again and again, giving each half its fair part plus or minus up to that of its smaller side, by a
 * number drawn from the seed and the half's place.
 */
export function packetAmount(plan: PacketPlan, stock: number, unitNo: number): Fen {
  if (unitNo < 0 || unitNo >= stock) throw new RangeError(`unit ${unitNo} is not one of ${stock}`);
  if (plan.mode === 'equal') return equalAmount(plan.totalFen, stock, unitNo);
  let from = 0;
  let units = stock;
  let amount: number = plan.totalFen;
  while (units > 1) {
    const leftUnits = units >> 1;
    const leftAmount = splitLeft(plan, { from, units, leftUnits, amount });
    if (unitNo < from + leftUnits) {
      amount = leftAmount;
      units = leftUnits;
    } else {
      amount -= leftAmount;
      from += leftUnits;
      units -= leftUnits;
    }
  }
  return fen(amount);
}

function equalAmount(totalFen: Fen, stock: number, unitNo: number): Fen {
  const base = Math.floor(totalFen / stock);
  return fen(unitNo < totalFen - base * stock ? base + 1 : base);
}

interface Half {
  readonly from: number;
  readonly units: number;
  readonly leftUnits: number;
  readonly amount: number;
}

function splitLeft(plan: PacketPlan, { from, units, leftUnits, amount }: Half): number {
  const rightUnits = units - leftUnits;
  // Within these bounds both halves can still give every unit its minimum and none more than its maximum.
  const low = Math.max(plan.minFen * leftUnits, amount - plan.maxFen * rightUnits);
  const high = Math.min(plan.maxFen * leftUnits, amount - plan.minFen * rightUnits);
  const fair = (amount * leftUnits) / units;
  // The spread of a sum of n independent packets grows with the root of n, its mean with n.
  const reach = Math.min(fair, amount - fair) / Math.sqrt(leftUnits);
  const drawn = Math.round(fair + (2 * randomShare(plan.seed, from, units) - 1) * reach);
  return Math.min(high, Math.max(low, drawn));
}

/** A number in [0, 1) with 53 random bits, fixed by the seed and the half's place. */
function randomShare(seed: string, from: number, units: number): number {
  const place = `${seed}/${from}/${units}`;
  return (hash32(place, 1) * 2 ** 21 + (hash32(place, 2) >>> 11)) / 2 ** 53;
}
