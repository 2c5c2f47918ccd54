import { type AuditReport } from './audit-stores';

/** The report for people: a line an invariant, and what it comes to. */
export function reportTable({ ok, invariants }: AuditReport): string {
  const width = Math.max(...invariants.map(({ name }) => name.length));
  const lines = invariants.map(
    ({ name, ok: holds, detail }) => `${name.padEnd(width)}  ${holds ? 'ok  ' : 'FAIL'}  ${detail}`,
  );
  const failed = invariants.filter((one) => !one.ok).length;
  return [
    ...lines,
    ok ? `audit ok: ${invariants.length} invariants hold` : `audit FAILED: ${failed} of ${invariants.length}`,
    '',
  ].join('\n');
}
