/** What one instance tells the others about itself. */
export interface ShareReport {
  /** The round it was told in. */
  readonly round: number;
  readonly weight: number;
  /** It is about to end, and needs no share in rounds to come. */
  readonly leaving: boolean;
  /** What was asked of it, by cap, as a share of the whole platform's cap; above 1 when it alone could use it up. */
  readonly demand: Readonly<Record<string, number>>;
}

export interface ShareMember {
  readonly weight: number;
  /** The last round that it was heard of in. */
  readonly heardInRound: number;
}

/** Who may use how much in one round: the same for everybody, for it is made once and never changed. */
export interface ShareTable {
  readonly members: Readonly<Record<string, ShareMember>>;
  /** Shares of caps by cap and instance, which add up to 1 at most. A cap that is not named is shared out by weight alone. */
  readonly shares: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface PlannedRound {
  readonly round: number;
  /** A silent member keeps its share for so many rounds, for it may be using it. */
  readonly silentRoundsMax: number;
  /** So many just before it have no table: no silence is counted in them. */
  readonly skippedRounds: number;
}

/** Asked for on top of what was used, so that whose people become more is not held back at once. */
const HEADROOM = 0.02;

/** Of an even share: what an instance keeps that nobody asks anything of. */
const FLOOR = 0.02;

/** The share that an instance has in a table; none when it is no member. */
export function shareOf({ members, shares }: ShareTable, cap: string, instanceId: string): number {
  const member = members[instanceId];
  if (member === undefined) return 0;
  const named = shares[cap];
  return named === undefined ? member.weight / weightOf(members) : (named[instanceId] ?? 0);
}

/**
 * The table of a round to come, from the one before it and what everybody last told. Who appears has a share, and the others less, from that round on;
 * whoever falls silent keeps what it had, unused or not, until it must be gone. What somebody does not use the others may.
 */
export function nextTable(
  before: ShareTable | undefined,
  reports: ReadonlyMap<string, ShareReport>,
  { round, silentRoundsMax, skippedRounds }: PlannedRound,
): ShareTable {
  const members: Record<string, ShareMember> = {};
  const silent: string[] = [];
  for (const [id, member] of Object.entries(before?.members ?? {})) {
    // One of the future was heard of by a clock that was ahead.
    const heardInRound = Math.min(member.heardInRound + skippedRounds, round);
    if (isFresh(reports.get(id), round) || round - heardInRound > silentRoundsMax) continue;
    if (reports.get(id)?.leaving === true) continue;
    members[id] = { ...member, heardInRound };
    silent.push(id);
  }
  const demands = new Map<string, ShareReport['demand']>();
  for (const [id, report] of reports) {
    if (!isFresh(report, round) || report.leaving) continue;
    members[id] = { weight: report.weight, heardInRound: report.round };
    demands.set(id, report.demand);
  }
  const caps = new Set([...demands.values()].flatMap((demand) => Object.keys(demand)));
  const shares: Record<string, Record<string, number>> = {};
  for (const cap of caps) {
    const kept = new Map(silent.map((id) => [id, before === undefined ? 0 : shareOf(before, cap, id)]));
    shares[cap] = shareOut(cap, members, demands, kept);
  }
  return { members, shares };
}

// Told in the round in which the table is made, or in the one before; not in one to come, by a clock that was ahead.
const isFresh = (report: ShareReport | undefined, round: number): report is ShareReport =>
  report !== undefined && report.round >= round - 2 && report.round <= round + 1;

function shareOut(
  cap: string,
  members: ShareTable['members'],
  demands: ReadonlyMap<string, ShareReport['demand']>,
  kept: ReadonlyMap<string, number>,
): Record<string, number> {
  const free = Math.max(0, 1 - [...kept.values()].reduce((sum, share) => sum + share, 0));
  const total = weightOf(members);
  const claims = [...demands].map(([id, demand]) => {
    const weight = members[id]?.weight ?? 0;
    return { id, weight, wanted: Math.max((FLOOR * weight) / total, (demand[cap] ?? 0) * (1 + HEADROOM)) };
  });
  return { ...Object.fromEntries(kept), ...Object.fromEntries(fill(free, claims)) };
}

interface Claim {
  readonly id: string;
  readonly weight: number;
  readonly wanted: number;
}

/** Each up to what is wanted, nobody more by weight than who still lacks something; what then is left over goes to all by weight. */
function fill(free: number, claims: readonly Claim[]): Map<string, number> {
  const given = new Map<string, number>();
  const modestFirst = [...claims].sort((a, b) => a.wanted / a.weight - b.wanted / b.weight);
  const weights = claims.reduce((sum, { weight }) => sum + weight, 0);
  let left = free;
  let weightLeft = weights;
  for (const { id, weight, wanted } of modestFirst) {
    const share = Math.min(wanted, (left * weight) / weightLeft);
    given.set(id, share);
    left -= share;
    weightLeft -= weight;
  }
  for (const { id, weight } of claims) given.set(id, (given.get(id) ?? 0) + (Math.max(0, left) * weight) / weights);
  return given;
}

/** The weights of all members together. */
export function weightOf(members: ShareTable['members']): number {
  return Object.values(members).reduce((sum, { weight }) => sum + weight, 0);
}
