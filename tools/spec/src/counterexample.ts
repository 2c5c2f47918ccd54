import { parseTla } from './tla';

type GrabId = readonly number[];

/** Records and answers as StockProtocol.tla makes them. */
type ModelRecord =
  | { readonly kind: 'created' | 'closed' }
  | {
      readonly kind: 'granted';
      readonly grants: readonly { readonly userId: number; readonly grabId: GrabId; readonly unitNo: number }[];
    }
  | {
      readonly kind: 'ended';
      readonly userId: number;
      readonly grabId: GrabId;
      readonly unitNo: number;
      readonly toStock: boolean;
    }
  | { readonly kind: 'voided'; readonly grabId: GrabId }
  | { readonly kind: 'lent'; readonly range: Range; readonly borrowerShardNo: number; readonly moveId: number }
  | { readonly kind: 'borrowed'; readonly range: Range; readonly lenderShardNo: number; readonly moveId: number };

interface Range {
  readonly from: number;
}

interface ModelAnswer {
  readonly answer: 'granted' | 'grab-ended' | 'sold-out';
  readonly userId: number;
  readonly grabId: GrabId;
  readonly unitNo: number;
}

interface ModelState {
  readonly step: { readonly shard: number; readonly record: ModelRecord };
  readonly told: readonly ModelAnswer[];
}

/** The states that lead to a broken invariant, as lines for people: what was appended, and what somebody was told then. */
export function describeTrace(lines: readonly string[]): string[] {
  const told = new Set<string>();
  return statesOf(lines).flatMap(({ step: { shard, record }, told: answers }, index) => {
    const news = answers.map(describeAnswer).filter((answer) => !told.has(answer));
    for (const answer of news) told.add(answer);
    const first = index === 0 ? describePool(lines) : `shard ${shard}: ${describeRecord(record)}`;
    return [`${index}. ${first}`, ...news.map((answer) => `     told: ${answer}`)];
  });
}

/** Each state of the trace; of its variables those that are shown. */
function statesOf(lines: readonly string[]): ModelState[] {
  const trace = lines.slice(lines.findIndex((line) => /^State 1:/.test(line)));
  const [, ...states] = trace.join('\n').split(/^State \d+:.*$/m);
  return states.map((text) => ({ step: variableOf(text, 'step'), told: variableOf(text, 'told') }));
}

function variableOf<N extends keyof ModelState>(state: string, name: N): ModelState[N] {
  const text = new RegExp(`^/\\\\ ${name} = ([^]*?)(?=^/\\\\ |^\\s*$|(?![^]))`, 'm').exec(state)?.[1];
  if (text === undefined) throw new RangeError(`a state of the trace has no ${name}`);
  return parseTla(text) as unknown as ModelState[N];
}

function describePool(lines: readonly string[]): string {
  return lines.some((line) => line.includes('settlement |-> "payout"')) ? 'a pool of packets' : 'a sale';
}

const grab = (grabId: GrabId) => `grab ${grabId.join('.')}`;

function describeRecord(record: ModelRecord): string {
  switch (record.kind) {
    case 'granted':
      return record.grants
        .map(({ userId, grabId, unitNo }) => `granted: unit ${unitNo} to person ${userId} for ${grab(grabId)}`)
        .join(', ');
    case 'ended': {
      const where = record.toStock ? 'back to stock' : 'withdrawn';
      return `ended: unit ${record.unitNo} of person ${record.userId}, ${grab(record.grabId)}, ${where}`;
    }
    case 'voided':
      return `voided: ${grab(record.grabId)}`;
    case 'lent':
      return `lent: unit ${record.range.from} to shard ${record.borrowerShardNo} by move ${record.moveId}`;
    case 'borrowed':
      return `borrowed: unit ${record.range.from} from shard ${record.lenderShardNo} by move ${record.moveId}`;
    case 'created':
    case 'closed':
      return record.kind;
  }
}

function describeAnswer({ answer, userId, grabId, unitNo }: ModelAnswer): string {
  switch (answer) {
    case 'granted':
      return `person ${userId} is granted unit ${unitNo} for ${grab(grabId)}`;
    case 'grab-ended':
      return `person ${userId}'s ${grab(grabId)} is over`;
    case 'sold-out':
      return `person ${userId}: sold out for good`;
  }
}
