import { type AuditContent, type AuditRow, AuditWalk, EMPTY_AUDIT, withAuditRow } from '.';

/** Not a hash to rely on; the service's is SHA-256. */
const hashText = (text: string) =>
  [...text].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) % 2 ** 32, 7).toString(16);

function chainOf(actions: readonly string[]): { rows: AuditRow[]; head: typeof EMPTY_AUDIT } {
  let head = EMPTY_AUDIT;
  const rows = actions.map((action, index) => {
    const content: AuditContent = { atMs: index, operatorId: 'ada', action, detail: '{}' };
    const next = withAuditRow(hashText, head, content);
    const row = { id: index + 1, ...content, previousHash: head.hash, hash: next.hash };
    head = next;
    return row;
  });
  return { rows, head };
}

function walk(rows: readonly AuditRow[], head: typeof EMPTY_AUDIT) {
  const walking = new AuditWalk(hashText);
  for (const row of rows) {
    const broken = walking.next(row);
    if (broken !== undefined) return broken;
  }
  return walking.end(head);
}

const { rows, head } = chainOf(['one', 'two', 'three', 'four']);
const at = (index: number) => rows[index] as AuditRow;

describe('the chain of the audit', () => {
  it('holds as it was written, and empty', () => {
    expect(walk(rows, head)).toBeUndefined();
    expect(walk([], EMPTY_AUDIT)).toBeUndefined();
  });

  const changes: readonly Partial<AuditRow>[] = [
    { atMs: 99 },
    { operatorId: 'bob' },
    { action: 'other' },
    { detail: '{"planNo":2}' },
  ];

  it.each(changes)('names the row in which %p was written over', (change) => {
    expect(walk([at(0), { ...at(1), ...change }, at(2), at(3)], head)).toMatchObject({ id: 2 });
  });

  it('names the row after one that was changed together with its hash', () => {
    const changed = { ...at(1), action: 'other' };
    const previous = { length: 1, hash: at(0).hash };
    const rehashed = { ...changed, hash: withAuditRow(hashText, previous, changed).hash };
    expect(walk([at(0), rehashed, at(2), at(3)], head)).toMatchObject({ id: 3 });
  });

  it('names the row after one that was removed, and the end where the last is gone', () => {
    expect(walk([at(0), at(2), at(3)], head)).toMatchObject({ id: 3 });
    expect(walk([at(0), at(1), at(2)], head)).toEqual({
      id: undefined,
      reason: 'there are 3 rows, and there should be 4',
    });
  });

  it('names a row that was inserted without a hash, or the one after it', () => {
    const inserted = { ...at(1), id: 9, previousHash: '', hash: '' };
    expect(walk([at(0), inserted, at(1), at(2), at(3)], head)).toMatchObject({ id: 9 });
    const content = { ...at(1), action: 'planted' };
    const fitting = { ...content, id: 9, hash: withAuditRow(hashText, { length: 1, hash: at(0).hash }, content).hash };
    expect(walk([at(0), fitting, at(1), at(2), at(3)], head)).toMatchObject({ id: 2 });
  });
});
