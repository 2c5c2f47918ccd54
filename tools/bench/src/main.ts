/**
 * `npm run bench -- <name> [options]`: runs a bench of BENCHES on servers of its own.
 * `npm run bench -- document REPORT...`: puts reports into docs/operating/benchmarks.md.
 */
import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { runTool, StackTrouble } from '@floodgate/tools/stack';
import { type Bench, type BenchOptions } from './bench';
import { capsBench } from './caps/caps-bench';
import { documentReports } from './document';
import { entryBench } from './entry/entry-bench';
import { grabBench } from './grab/grab-bench';
import { millionBench } from './million/million-bench';
import { parseOptions } from './options';
import { overloadBench } from './overload/overload-bench';
import { planBench } from './plan/plan-bench';
import { registerBench } from './register/register-bench';
import { roomBench } from './room/room-bench';
import { type Report, runBench } from './run-bench';
import { scaleBench } from './scale/scale-bench';
import { soldOutBench } from './sold-out/sold-out-bench';
import { startEmptyServers, stopServers } from './servers';
import { strategiesBench } from './strategies/strategies-bench';
import { renderFooter, renderTable } from './table';

const BENCHES: readonly Bench[] = [
  grabBench,
  soldOutBench,
  registerBench,
  millionBench,
  strategiesBench,
  scaleBench,
  roomBench,
  overloadBench,
  entryBench,
  capsBench,
  planBench,
];

void runTool(async () => {
  const [first, ...files] = process.argv.slice(2);
  if (first === 'document') {
    process.stdout.write(`${documentReports(files)}\n`);
    return 0;
  }
  const { report: file, ...chosen } = parseOptions(
    process.argv.slice(2),
    BENCHES.map(({ name }) => name),
  );
  const bench = BENCHES.find(({ name }) => name === chosen.bench);
  if (bench === undefined) throw new StackTrouble(`There is no bench "${chosen.bench}".`);
  const { cpuProfileDirectory } = chosen;
  const options: BenchOptions = { ...chosen, cpuProfileDirectory: cpuProfileDirectory && resolve(cpuProfileDirectory) };
  if (file !== undefined) checkWritable(file);
  // Whatever was started ends in listeners of 'exit'.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const say = sayer();
  say(`${bench.name}: ${bench.summary}; about ${bench.minutes} minutes`);
  const environment = await startEmptyServers(say);
  try {
    const runId = `b${randomBytes(3).toString('hex')}`;
    const context = { environment, options, runId, say };
    const { ok } = await runBench(bench, context, (report) => show(report, file));
    return ok ? 0 : 1;
  } finally {
    await stopServers();
  }
});

/** Lines of progress, with the time since the start. */
function sayer(): (line: string) => void {
  const startedAtMs = performance.now();
  return (line) => {
    const seconds = (performance.now() - startedAtMs) / 1_000;
    process.stdout.write(`[bench ${seconds.toFixed(0).padStart(3)} s] ${line}\n`);
  };
}

/** @throws when the report could not be written; better now than after minutes. */
function checkWritable(file: string): void {
  const folder = dirname(resolve(file));
  mkdirSync(folder, { recursive: true });
  accessSync(folder, constants.W_OK);
}

function show(report: Report, file: string | undefined): void {
  process.stdout.write(`\n${renderTable(report.rows)}\n\n${renderFooter(report)}\n\n`);
  if (file === undefined) return;
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}
