import { withReports } from './document';
import { type Report } from './run-bench';

const report: Report = {
  bench: 'grab',
  machine: { cpu: 'Some CPU', cores: 2, memoryMiB: 1, kernel: '6', node: '20.0.0' },
  date: '2026-01-02T03:04:05.000Z',
  options: {
    rounds: 3,
    seconds: 3,
    connections: 128,
    size: 1,
    inventories: 2,
    strategy: 'SHARDED_COUNTERS',
    cpuProfileDirectory: undefined,
  },
  settings: {
    redis: { appendonly: 'yes', appendfsync: 'everysec' },
    mysql: { version: '10', innodb_flush_log_at_trx_commit: 1 },
    kafka: { acks: -1, brokers: 1, stockLogReplicationFactor: 1, stockLogMinInsyncReplicas: 1 },
  },
  durable: true,
  rows: [
    {
      name: 'winners',
      unit: '1/s',
      limit: { median: 20_000, min: 19_000, max: 21_000 },
      ours: { median: 9_000, min: 8_000, max: 9_500 },
      ratio: 0.45,
      toReach: 'ratio >= 0.5',
      reached: false,
    },
  ],
  samples: {},
  errors: 0,
  errorsByKind: {},
  audit: { ok: true, detail: 'all found' },
  ok: true,
};

describe('withReports', () => {
  const page = 'Before.\n\n<!-- reports -->\n\nold\n\n<!-- end of reports -->\n\nAfter.\n';

  it('puts the reports in the place of earlier ones', () => {
    const once = withReports(page, [report]);
    expect(once).toContain('### grab, 128 connections\n\n2026-01-02; 128 connections, 3 s a measurement');
    expect(once).toContain(
      '| winners | 1/s | 20,000 (19,000-21,000) | 9,000 (8,000-9,500) | 0.45 | ratio >= 0.5 | no |',
    );
    expect(once).toContain('- audit: ok, all found');
    expect(once).not.toContain('old');
    expect(once.startsWith('Before.')).toBe(true);
    expect(once.endsWith('After.\n')).toBe(true);
    expect(withReports(once, [report])).toBe(once);
  });

  it('leaves those of other headings where they are', () => {
    const other: Report = { ...report, bench: 'million' };
    const both = withReports(withReports(page, [report]), [other]);
    const again = withReports(both, [{ ...report, date: '2026-02-03T00:00:00.000Z' }]);
    expect(again.match(/^### .*|^2026-.{5}/gm)).toEqual([
      '### grab, 128 connections',
      '2026-02-03',
      '### million, 128 connections',
      '2026-01-02',
    ]);
    expect(withReports(again, [report])).toBe(both);
  });

  it('refuses a page that has no place for them', () => {
    expect(() => withReports('Before.', [report])).toThrow('no place');
  });
});
