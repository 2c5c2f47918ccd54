import { canonicalJson } from './canonical-json';
import { type HashText } from './ports';

/** What was done, by whom, as it stands in a row. */
export interface AuditContent {
  readonly atMs: number;
  readonly operatorId: string;
  readonly action: string;
  /** JSON, as text. */
  readonly detail: string;
}

export interface AuditRow extends AuditContent {
  readonly id: number;
  readonly previousHash: string;
  readonly hash: string;
}

/** The end of the chain, kept apart from it: without it nobody would miss the last rows. */
export interface AuditHead {
  /** How many rows there are. */
  readonly length: number;
  readonly hash: string;
}

/** What the first row follows. */
export const EMPTY_AUDIT: AuditHead = { length: 0, hash: '0'.repeat(64) };

/** The head after a row: its hash covers the row's place, its content and, through the hash before it, every row before. */
export function withAuditRow(
  hashText: HashText,
  head: AuditHead,
  { atMs, operatorId, action, detail }: AuditContent,
): AuditHead {
  const length = head.length + 1;
  return {
    length,
    hash: hashText(`${head.hash}\n${canonicalJson({ place: length, atMs, operatorId, action, detail })}`),
  };
}

/** The first row that is not what was written, or the end where rows are missing. */
export interface AuditBreak {
  /** Undefined: at the end. */
  readonly id: number | undefined;
  readonly reason: string;
}

/** Walks along the chain row by row, in the order of their ids. */
export class AuditWalk {
  private at = EMPTY_AUDIT;

  constructor(private readonly hashText: HashText) {}

  /** How far it has come; good up to here as long as no row was broken. */
  get head(): AuditHead {
    return this.at;
  }

  next(row: AuditRow): AuditBreak | undefined {
    const { id, previousHash, hash } = row;
    if (previousHash !== this.at.hash) {
      return { id, reason: 'it does not follow the row before it: a row was removed, inserted or changed there' };
    }
    const head = withAuditRow(this.hashText, this.at, row);
    if (head.hash !== hash) return { id, reason: 'its content was changed after it was written' };
    this.at = head;
    return undefined;
  }

  /** After the last row. */
  end({ length, hash }: AuditHead): AuditBreak | undefined {
    if (length === this.at.length && hash === this.at.hash) return undefined;
    return { id: undefined, reason: `there are ${this.at.length} rows, and there should be ${length}` };
  }
}
