/** A rule of the protocol that the model can do without, to show what it is for. */
export interface Rule {
  readonly name: string;
  /** What the rule asks. */
  readonly summary: string;
  /** What goes wrong without it, in the counterexample that the model finds. */
  readonly without: string;
  /** The invariant that breaks. */
  readonly breaks: string;
}

/** In the order of docs/spec/README.md; the names are AllRules of StockProtocol.tla. */
export const RULES: readonly Rule[] = [
  {
    name: 'read-back',
    summary: 'a person is told "granted" only after the record was read back and the fold has taken it',
    without: 'two people are promised one unit, each at the acknowledgement of a record of their own',
    breaks: 'NoUnitPromisedTwice',
  },
  {
    name: 'first-wins',
    summary: 'a grant counts only while its unit is free here: the first in the log wins',
    without: 'a second grant of a unit counts, and two people hold it',
    breaks: 'NoUnitPromisedTwice',
  },
  {
    name: 'holds-nothing',
    summary: 'a grant counts only for a person who holds nothing',
    without: 'one person holds two units, by two grabs',
    breaks: 'OneUnitAPerson',
  },
  {
    name: 'new-grabId',
    summary: 'a grant counts only for a grabId that was neither granted nor voided',
    without: 'a grab that its person was told to be over holds a unit again',
    breaks: 'EndedStands',
  },
  {
    name: 'home-shard',
    summary: 'a grant counts only in the log of the home shard of its person',
    without: 'one person holds two units, one in each shard',
    breaks: 'OneUnitAPerson',
  },
  {
    name: 'exact-end',
    summary: 'an end counts only for exactly this person, grabId and unit, held now',
    without: 'an end arrives twice, and the second time takes the unit from whoever was granted it since',
    breaks: 'GrantedStands',
  },
  {
    name: 'lend-once',
    summary: 'a lend counts once per move id',
    without: 'a unit that came back is lent again by the old record, and nobody may borrow it: it is lost',
    breaks: 'StockAddsUp',
  },
  {
    name: 'borrow-after-lend',
    summary: 'a borrow is written only after its lend was read back as taken, and says exactly what was taken',
    without: 'a lend does not count, its borrow does: the unit is in two shards and goes to two people',
    breaks: 'NoUnitPromisedTwice',
  },
  {
    name: 'borrow-once',
    summary: 'a borrow counts once per move id',
    without: 'a borrow arrives twice, and the unit that it brought goes to two people',
    breaks: 'NoUnitPromisedTwice',
  },
  {
    name: 'at-least',
    summary: 'who adds up several shards has read each lender at least to the lend of every borrow that was read',
    without: 'a unit is counted where it went and still where it came from',
    breaks: 'StockAddsUp',
  },
  {
    name: 'closed',
    summary: 'nothing is granted or lent after closed',
    without: 'a person is granted a unit after the final "sold out"',
    breaks: 'SoldOutStands',
  },
  {
    name: 'packet-stays-out',
    summary: 'a packet that was taken back never returns to stock',
    without: 'a packet comes back after the final "sold out", and somebody who was told it gets it',
    breaks: 'SoldOutStands',
  },
];
