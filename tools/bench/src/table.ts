import { type Row } from './rows';
import { type Report } from './run-bench';
import { type Spread } from './statistics';

export const HEAD = ['', 'unit', 'limit (min-max)', 'ours (min-max)', 'ratio', 'to reach', 'reached'];

/** The rows for a person, columns aligned, one line a row. */
export function renderTable(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What has to be known beside the table. */
export function renderFooter({ machine, settings, errors, errorsByKind, audit, durable, ok, options }: Report): string {
  const { redis, mysql, kafka } = settings;
  const kinds = Object.entries(errorsByKind).map(([kind, count]) => `${kind} ${count}`);
  return [
    `${machine.cores} x ${machine.cpu}, Node ${machine.node}; medians of ${options.rounds} rounds`,
    `durable: ${yes(durable)} (Redis appendfsync ${redis.appendfsync}, Kafka acks ${kafka.acks}, ` +
      `MySQL innodb_flush_log_at_trx_commit ${mysql.innodb_flush_log_at_trx_commit})`,
    ...(kafka.brokers === 1 ? ['One broker: acks=all means one page cache.'] : []),
    `errors: ${errors}${kinds.length > 0 ? ` (${kinds.join(', ')})` : ''}`,
    `audit: ${audit.ok ? 'ok' : 'FAILED'}, ${audit.detail}`,
    ...(ok ? [] : ['The figures do not count: see above.']),
  ].join('\n');
}

/** What a row shows, column by column. */
export function cellsOf(row: Row): string[] {
  return [
    row.name,
    row.unit,
    row.limit === null ? '-' : spread(row.limit),
    row.ours === null ? 'not measured' : spread(row.ours),
    // Against a limit of none at all there is no ratio.
    row.ratio === null || !Number.isFinite(row.ratio) ? '-' : row.ratio.toFixed(2),
    row.toReach ?? '-',
    row.reached === null ? '-' : yes(row.reached),
  ];
}

const yes = (value: boolean) => (value ? 'yes' : 'no');
const spread = ({ median, min, max }: Spread) => `${figure(median)} (${figure(min)}-${figure(max)})`;

/** Three digits, or whole thousands. */
export function figure(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(3);
}
