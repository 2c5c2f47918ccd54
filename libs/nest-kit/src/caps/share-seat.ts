import { nextTable, type ShareReport, shareOf, type ShareTable, weightOf } from './share-table';

/** What the board answers a report with. */
export interface BoardReply {
  /** The board's time, milliseconds since 1970. */
  readonly nowMs: number;
  /** The last report of everybody. */
  readonly reports: ReadonlyMap<string, ShareReport>;
  /** Of the round that the board is in, and of the one after it; undefined while nobody has made it. */
  readonly current: ShareTable | undefined;
  readonly next: ShareTable | undefined;
}

/** A table that nobody has made yet. The board keeps the first it is given. */
export interface Proposal {
  readonly round: number;
  readonly table: ShareTable;
}

export interface SeatOptions {
  readonly instanceId: string;
  readonly weight: number;
  readonly roundMs: number;
  /** After two of these without a word an instance is gone. A multiple of roundMs. */
  readonly ttlMs: number;
  /** How many instances there are at least, for all that is known without the board. */
  readonly instanceCount: number;
}

interface Asked {
  round: number;
  inRound: number;
  /** In the last whole round, as a share of the cap. */
  before: number;
}

interface KnownShare {
  readonly table: ShareTable;
  readonly share: number;
}

/**
 * One instance's seat at the board where instances share the platform's caps. Times are the board's. Knows neither Redis nor a clock, so that a test can
 * let many of them come and go in virtual time.
 */
export class ShareSeat {
  private readonly tables = new Map<number, ShareTable>();
  private last: { readonly round: number; readonly table: ShareTable } | undefined;
  private heardAtMs = -Infinity;
  private contact: 'none yet' | 'heard' | 'never' = 'none yet';
  private leaving = false;
  private readonly asked = new Map<string, Asked>();
  /** Read out of a table once, not for every request. */
  private readonly known = new Map<string, KnownShare>();

  constructor(private readonly options: SeatOptions) {}

  /** Takes in that a request was asked for, of a cap of `perSecond` over the whole platform. */
  ask(cap: string, perSecond: number, nowMs: number): void {
    const round = this.roundAt(nowMs);
    let asked = this.asked.get(cap);
    if (asked === undefined) this.asked.set(cap, (asked = { round, inRound: 0, before: 0 }));
    // Not back by one, for the board's time is learnt anew now and then. By more it is another clock's, and what was asked for still counts.
    if (round > asked.round || round < asked.round - 1) {
      if (round < asked.round) asked.before = Math.max(asked.before, asked.inRound);
      else asked.before = round === asked.round + 1 ? asked.inRound : 0;
      asked.inRound = 0;
      asked.round = round;
    }
    asked.inRound += 1_000 / (perSecond * this.options.roundMs);
  }

  /**
   * This instance's share of a cap, from 0 to 1. Out of the table of the round; without one an even share, at first not above what it last had, for then
   * others still count on that. Who has just come has none until a table names it, at most two rounds.
   */
  share(cap: string, nowMs: number): number {
    const table = this.tables.get(this.roundAt(nowMs));
    if (table !== undefined) return this.shareIn(table, cap);
    // What it had is the others' from the first round that it has no table of.
    if (this.leaving) return 0;
    if (this.contact === 'none yet') return 0;
    const even = this.evenShare();
    if (this.last === undefined || nowMs - this.heardAtMs > 2 * this.options.ttlMs) return even;
    return Math.min(even, this.shareIn(this.last.table, cap));
  }

  /** One of all instances that were last known, by weight: what is left when nobody can be asked. */
  evenShare(): number {
    const { weight, instanceId, instanceCount } = this.options;
    const floor = 1 / instanceCount;
    if (this.last === undefined) return floor;
    const { members } = this.last.table;
    const others = weightOf(members) - (members[instanceId]?.weight ?? 0);
    return Math.min(floor, weight / (others + weight));
  }

  /** How many instances there are, as far as is known. */
  get members(): number {
    return this.last === undefined ? this.options.instanceCount : Object.keys(this.last.table.members).length;
  }

  /** Whether this instance has a share in the round. */
  isSeated(nowMs: number): boolean {
    return this.tables.get(this.roundAt(nowMs))?.members[this.options.instanceId] !== undefined;
  }

  /** From now on no share in rounds to come. */
  leave(): void {
    this.leaving = true;
  }

  /** What to tell the board at `nowMs`. */
  report(nowMs: number): Omit<ShareReport, 'round'> {
    const round = this.roundAt(nowMs);
    const demand: Record<string, number> = {};
    for (const [cap, asked] of this.asked) {
      if (Math.abs(asked.round - round) > 1) {
        this.asked.delete(cap);
        this.known.delete(cap);
      } else demand[cap] = asked.round === round ? asked.before : asked.inRound;
    }
    return { weight: this.options.weight, leaving: this.leaving, demand };
  }

  /** Takes in the board's answer; the table that is still to be made, if one is. */
  hear({ nowMs, reports, current, next }: BoardReply): Proposal | undefined {
    this.contact = 'heard';
    this.heardAtMs = nowMs;
    const round = this.roundAt(nowMs);
    // One after the other: the next table is made out of the one that the board keeps.
    if (current === undefined) return this.propose(round, reports, this.last?.table);
    this.settle({ round, table: current });
    if (next === undefined) return this.propose(round + 1, reports, current);
    this.settle({ round: round + 1, table: next });
    return undefined;
  }

  /** Takes in the table that a round has for good. */
  settle({ round, table }: Proposal): void {
    this.tables.set(round, table);
    for (const known of this.tables.keys()) if (Math.abs(known - round) > 1) this.tables.delete(known);
    // The next one may be known already; one that is further ahead is of a board whose clock was.
    const isNextKnown = this.last?.round === round + 1;
    if (!isNextKnown) this.last = { round, table };
  }

  /** Takes in that the board did not answer. */
  lost(): void {
    if (this.contact === 'none yet') this.contact = 'never';
  }

  private shareIn(table: ShareTable, cap: string): number {
    const known = this.known.get(cap);
    if (known?.table === table) return known.share;
    const share = shareOf(table, cap, this.options.instanceId);
    this.known.set(cap, { table, share });
    return share;
  }

  private propose(round: number, reports: BoardReply['reports'], before: ShareTable | undefined): Proposal {
    const silentRoundsMax = Math.ceil((2 * this.options.ttlMs) / this.options.roundMs);
    // Nobody could be heard of in rounds that nobody made a table of: the board was away, or its clock has jumped.
    const skippedRounds = Math.max(0, round - 1 - (this.last?.round ?? round));
    return { round, table: nextTable(before, reports, { round, silentRoundsMax, skippedRounds }) };
  }

  private roundAt(nowMs: number): number {
    return Math.floor(nowMs / this.options.roundMs);
  }
}
