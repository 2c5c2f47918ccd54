import { amountOf, type GrabFate, homeShard, poolKey, type ShardState } from '@floodgate/domain/inventory';
import { CLIENT_COPY, isOutcome } from '@floodgate/kernel';
import { type AnsweredLine, type ClientLine, readClientLog } from '../client-log';
import { type Evidence } from '../evidence';
import { Differences, type Invariant } from '../invariant';
import { type LogBook } from '../log-book';

/**
 * By the clients' own log: every grab that was offered was answered once, from the closed list; whoever was told "granted"
 * has, or had, exactly that; and nobody's last word was "sold out" who holds one.
 */
export const clientsWereToldTheTruth: Invariant = {
  name: 'clients-were-told-the-truth',
  async check({ book, scope, clientLog }: Evidence) {
    const hearing = new Hearing(book);
    if (clientLog === undefined) throw new Error('there is no clients’ log to check');
    for await (const line of readClientLog(clientLog)) {
      if (typeof line === 'number') hearing.differences.add(`line ${line} of the clients' log cannot be read`);
      else if (scope.covers(line.campaignId)) hearing.hear(line);
    }
    return { figures: hearing.close(), differences: hearing.differences };
  },
};

type GrabOfUser = Pick<AnsweredLine, 'userId' | 'campaignId' | 'poolId' | 'grabId'>;

const SOLD_OUT: ReadonlySet<string> = new Set(['SOLD_OUT', 'SOLD_OUT_FOR_NOW']);
const GRANTED: ReadonlySet<string> = new Set(['GRANTED', 'ALREADY_GRANTED', 'GRAB_ENDED']);

class Hearing {
  readonly differences = new Differences();
  private readonly open = new Set<string>();
  private readonly answered = new Set<string>();
  /** The last word to each user about a pool, where it was "sold out". */
  private readonly soldOut = new Map<string, GrabOfUser>();
  private granted = 0;

  constructor(private readonly book: LogBook) {}

  hear(line: ClientLine): void {
    switch (line.kind) {
      case 'attempt':
        this.hearAttempt(line);
        break;
      case 'offered':
        this.open.add(nameOf(line));
        break;
      case 'answered':
        this.hearAnswer(line);
        break;
    }
  }

  /** The figures, once all lines were heard. */
  close(): string {
    for (const grab of this.open) this.differences.add(`${grab} was offered and never answered`);
    for (const grab of this.soldOut.values()) {
      const held = homeOf(this.book, grab)?.heldByUser.get(grab.userId);
      if (held)
        this.differences.add(`${nameOf(grab)} was told sold out last, and ${grab.userId} holds unit ${held.unitNo}`);
    }
    const refused = this.answered.size - this.granted;
    return `${this.open.size + this.answered.size} offered = ${refused} refused + ${this.granted} answered`;
  }

  private hearAttempt({ poolId, grabId, outcome, userId, campaignId }: Extract<ClientLine, { kind: 'attempt' }>): void {
    if (poolId === undefined || grabId === undefined || outcome !== 'GRANTED') return;
    const grab = { userId, campaignId, poolId, grabId };
    if (fateOf(this.book, grab) === undefined)
      this.differences.add(`${nameOf(grab)} was told GRANTED and is not in the log`);
  }

  private hearAnswer(line: AnsweredLine): void {
    const name = nameOf(line);
    if (!this.open.delete(name)) {
      this.differences.add(`${name} was answered ${this.answered.has(name) ? 'twice' : 'and never offered'}`);
    }
    this.answered.add(name);
    if (GRANTED.has(line.outcome)) this.granted++;
    const wrong = whatIsUntrue(this.book, line);
    if (wrong !== undefined) this.differences.add(`${name} was told ${line.outcome} and ${wrong}`);
    const person = `${poolKey(line)}/${line.userId}`;
    if (SOLD_OUT.has(line.outcome)) this.soldOut.set(person, { ...line });
    else this.soldOut.delete(person);
  }
}

const nameOf = (grab: GrabOfUser): string => `grab ${grab.grabId} of ${grab.userId} in ${poolKey(grab)}`;

function whatIsUntrue(book: LogBook, line: AnsweredLine): string | undefined {
  const { outcome } = line;
  if (!isOutcome(outcome) && !Object.hasOwn(CLIENT_COPY, outcome)) return 'that is no outcome';
  const fate = fateOf(book, line);
  switch (outcome) {
    case 'GRANTED':
      if (fate === undefined) return 'is not in the log';
      return line.unitNo === fate.holding.unitNo ? wrongAmount(book, line) : `the log says unit ${fate.holding.unitNo}`;
    case 'ALREADY_GRANTED':
      return holdsOrHeld(book, line) ? wrongAmount(book, line) : `never held unit ${line.unitNo}`;
    case 'GRAB_ENDED':
      return fate === undefined || fate.kind === 'held' ? 'the log did not end it' : undefined;
    default:
      return SOLD_OUT.has(outcome) && fate !== undefined ? `the log granted unit ${fate.holding.unitNo}` : undefined;
  }
}

function wrongAmount(book: LogBook, line: AnsweredLine): string | undefined {
  const pool = book.pools.get(poolKey(line))?.pool;
  const amountFen = pool && line.unitNo !== undefined ? amountOf(pool, line.unitNo) : undefined;
  return line.amountFen === amountFen ? undefined : `${line.amountFen} fen, the unit's amount is ${amountFen} fen`;
}

/** Whether this unit is or was this user's, by whatever grab: "already granted" names another one. */
function holdsOrHeld(book: LogBook, { userId, unitNo, ...line }: AnsweredLine): boolean {
  const pool = book.pools.get(poolKey(line));
  if (pool === undefined || unitNo === undefined) return false;
  for (let generation = 0; ; generation++) {
    const grant = pool.grant(unitNo, generation);
    if (grant === undefined || grant.userId === userId) return grant !== undefined;
  }
}

/** What the log made of this very grab; undefined when it granted it nothing. */
function fateOf(book: LogBook, grab: GrabOfUser): Exclude<GrabFate, { kind: 'voided' }> | undefined {
  const fate = homeOf(book, grab)?.grabs.get(grab.grabId);
  return fate === undefined || fate.kind === 'voided' || fate.holding.userId !== grab.userId ? undefined : fate;
}

function homeOf(book: LogBook, grab: GrabOfUser): ShardState | undefined {
  const pool = book.pools.get(poolKey(grab));
  return pool?.shards.get(homeShard(pool.pool, grab.userId));
}
