import { type Invariant } from './audit';
import { type Check } from './checks';
import { type GrantCost, type Layer, type Report } from './report';
import { type DurableSettings } from './readings';
import { type Percentiles } from './tally';
import { tierOneLines } from './tier-one-text';

/** The report for people. */
export function reportText(report: Report): string {
  return [
    heading('The funnel'),
    ...report.funnel.map(layerLine),
    heading('Latency in ms, as the clients saw it, on the machine that also ran everything else'),
    ...latencyLines(report.latencyMs),
    heading('Database'),
    ...grantCostLines(report.grantCost),
    participateLine(report.participateStatus),
    heading('Tier 1, which came by itself'),
    ...tierOneLines(report),
    ...report.checks.map(verdictLine),
    heading('Durability, as the servers say'),
    ...durableLines(report.durableSettings),
    heading('What went wrong on purpose or by itself'),
    ...troubleLines(report),
    heading('Invariants, computed from the stores by npm run audit'),
    ...report.invariants.map(verdictLine),
    '',
    `${report.ok ? 'ok' : 'NOT OK'}: ${report.invariants.filter(({ ok }) => ok).length} of ${report.invariants.length} invariants hold; ${(report.durationMs / 1000).toFixed(0)} s; client log ${report.clientLog}`,
  ].join('\n');
}

const heading = (text: string) => `\n${text}`;

function layerLine({ campaign, layer, offered, passed, refused }: Layer): string {
  const reasons = Object.entries(refused).map(([outcome, count]) => `${outcome} ${count}`);
  const where = `${campaign}: ${layer}`.padEnd(44);
  return `  ${where} ${String(offered).padStart(6)} -> ${String(passed).padStart(6)}${reasons.length === 0 ? '' : `   ${reasons.join(', ')}`}`;
}

function latencyLines(latencyMs: Report['latencyMs']): string[] {
  const row = (name: string, cells: readonly (string | number)[]) =>
    `  ${name.padEnd(34)}${cells.map((cell) => String(cell).padStart(9)).join('')}`;
  const cellsOf = ({ count, p50, p90, p99, max }: Percentiles) => [count, p50, p90, p99, max];
  return [
    row('', ['count', 'p50', 'p90', 'p99', 'max']),
    ...Object.entries(latencyMs).map(([name, percentiles]) => row(name, cellsOf(percentiles))),
  ];
}

function grantCostLines({ grants, windowMs, statements, perGrant, perGrantAboveIdle }: GrantCost): string[] {
  const kinds = Object.entries(statements).map(([kind, count]) => `${kind} ${count}`);
  return [
    `  ${perGrant.toFixed(1)} statements a grant: all statements of all services in the ${(windowMs / 1000).toFixed(1)} s from T0 (${kinds.join(', ')}) over ${grants} grants;`,
    '  that holds the recorder, the ledger and the payouts of these grants, and everything that polls.',
    `  ${perGrantAboveIdle.toFixed(1)} a grant without what the services run in as long a time when nobody comes.`,
  ];
}

const participateLine = (calls: Report['participateStatus']) =>
  calls === null
    ? '  ParticipateStatus was not switched off: the plan service was away.'
    : `  ParticipateStatus calls: ${calls.beforeSwitchedOff} before the plan switched them off, ${calls.whileSwitchedOff} after.`;

function durableLines(settings: DurableSettings): string[] {
  const lines = Object.entries(settings).map(
    ([server, values]) =>
      `  ${server.padEnd(8)} ${Object.entries(values)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')}`,
  );
  if (settings['Kafka']?.['brokers'] === '1') lines.push('  one broker: acks=all means one page cache');
  return lines;
}

function troubleLines({ killed, planOutage, unexpectedEnds, unsettled }: Report): string[] {
  const lines = ['  the fake payment channel refused some payments for sure and lost some answers, as configured'];
  if (planOutage) {
    lines.push(
      `  the plan service was killed with -9 at ${planOutage.planServiceKilledAt} and came back at ${planOutage.planServiceReadyAt}, after tier 1;`,
      `  Redis was stopped from ${planOutage.redisStoppedAt} to ${planOutage.redisReadyAt}, until tier 1 had come;`,
      `  the gateway was killed with -9 at ${planOutage.gatewayKilledAt} and ready at ${planOutage.gatewayReadyAt}, with neither of them`,
    );
  }
  if (killed) lines.push(`  ${killed.app} was killed with -9 and back after ${(killed.downMs / 1000).toFixed(1)} s`);
  lines.push(...unexpectedEnds.map((end) => `  ended by itself: ${end}`));
  lines.push(...unsettled.map((what) => `  not settled in time: ${what}`));
  return lines;
}

const verdictLine = ({ name, ok, detail }: Invariant | Check) => `  ${ok ? 'ok  ' : 'FAIL'} ${name}: ${detail}`;
