import { type Fen } from '@floodgate/kernel';

/** So many packets of one amount. */
export interface PacketLevel {
  readonly amountFen: Fen;
  readonly count: number;
}

/**
 * How a pool's money is cut into packets. equal: amounts differ by one fen at most. random: each packet between minFen and
 * maxFen, spread around the mean. levels: as many of each amount as listed.
 */
export interface PacketTerms {
  readonly mode: 'equal' | 'random' | 'levels';
  /** What all packets of the pool sum to. */
  readonly totalFen: Fen;
  /** minFen and maxFen bound each packet of mode random; otherwise they are only noted. */
  readonly minFen: Fen;
  readonly maxFen: Fen;
  /** Mode levels only. */
  readonly levels?: readonly PacketLevel[];
}
