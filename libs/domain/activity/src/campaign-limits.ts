/** What a campaign may hold. Every number in a spec has a bound, so that nothing downstream meets a surprise. */
export const LIMITS = {
  titleChars: 200,
  nameChars: 100,
  cards: 64,
  tasks: 64,
  pools: 16,
  levels: 64,
  weight: 1_000_000,
  budget: 1_000_000_000,
  draws: 1_000,
  stock: 100_000_000,
  shards: 1_024,
  /** A hundred billion yuan, far below where a sum of fen would lose its last digit. */
  amountFen: 10_000_000_000_000,
  payWithinMsMin: 100,
  payWithinMs: 30 * 24 * 3_600_000,
  /** From qualifyUntil to T0 of a pool of one share for everyone qualified: they must be counted in between. */
  countingMsMin: 10_000,
  /** The end of the year 9999. */
  instantMs: 253_402_300_799_999,
} as const;
