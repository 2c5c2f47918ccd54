/** `npm run bench -- <name> [--report FILE] [--rounds N]`: runs a bench of BENCHES. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { loadEnvironment, runTool, StackTrouble } from '@floodgate/tools/stack';
import { type Bench } from './bench';
import { grabBench } from './grab/grab-bench';
import { parseOptions } from './options';
import { type Report, runBench } from './run-bench';
import { renderFooter, renderTable } from './table';

const BENCHES: readonly Bench[] = [grabBench];

void runTool(async () => {
  const options = parseOptions(
    process.argv.slice(2),
    BENCHES.map(({ name }) => name),
  );
  const bench = BENCHES.find(({ name }) => name === options.bench);
  if (bench === undefined) throw new StackTrouble(`There is no bench "${options.bench}".`);
  const say = (line: string) => process.stdout.write(`[bench] ${line}\n`);
  say(`${bench.name}: ${bench.summary}`);
  const { seconds, connections, rounds } = options;
  const context = { environment: loadEnvironment('dev'), seconds, connections, say };
  const report = await runBench(bench, context, rounds, (found) => show(found, options.report));
  return report.ok ? 0 : 1;
});

function show(report: Report, file: string | undefined): void {
  process.stdout.write(`\n${renderTable(report.rows)}\n\n${renderFooter(report)}\n\n`);
  if (file === undefined) return;
  mkdirSync(dirname(resolve(file)), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}
