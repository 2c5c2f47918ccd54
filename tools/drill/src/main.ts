/**
 * `npm run drill -- knob <name>`: what a knob of the plan saves, and what it costs people, on servers of its own.
 * `npm run drill -- document REPORT...`: puts reports into docs/operating/drills.md.
 */
import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { startEmptyServers, stopServers } from '@floodgate/tools/bench';
import { APPS, runTool } from '@floodgate/tools/stack';
import { documentDrills } from './document';
import { type Drill } from './drill';
import { DRILLS } from './drills';
import { type Command, parseCommand } from './options';
import { type DrillReport, runDrill } from './run-drill';
import { renderList, renderReport } from './show';
import { World } from './world';

const MS = 1_000;

void runTool(async () => {
  const command = parseCommand(process.argv.slice(2), DRILLS);
  switch (command.kind) {
    case 'list':
      process.stdout.write(`${renderList(DRILLS)}\n`);
      return 0;
    case 'document':
      process.stdout.write(`${documentDrills(DRILLS, command.reports)}\n`);
      return 0;
    case 'run':
      return runAll(command);
  }
});

/** The exit code: 0 when no drill had errors. */
async function runAll({ drills, rounds, report: file }: Extract<Command, { kind: 'run' }>): Promise<number> {
  if (file !== undefined) checkWritable(file);
  // Whatever was started ends in listeners of 'exit'.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const say = sayer();
  const environment = await startEmptyServers(say, APPS);
  const reports: DrillReport[] = [];
  let failed = 0;
  try {
    const world = await World.open(environment, say);
    try {
      const prefix = `d${randomBytes(3).toString('hex')}`;
      for (const [no, drill] of drills.entries()) {
        try {
          reports.push(await runDrill(drill, { world, rounds, runId: `${prefix}-${no}`, say }));
          show(drill, reports, file);
        } catch (error) {
          // The others can be run all the same.
          failed += 1;
          say(`${drill.name} failed: ${String(error)}`);
        }
      }
    } finally {
      await world.close();
    }
  } finally {
    await stopServers();
  }
  return failed === 0 && reports.every(({ ok }) => ok) ? 0 : 1;
}

/** Lines of progress, with the time since the start. */
function sayer(): (line: string) => void {
  const startedAt = performance.now();
  return (line) => {
    const seconds = ((performance.now() - startedAt) / MS).toFixed(0).padStart(4);
    process.stdout.write(`[drill ${seconds} s] ${line}\n`);
  };
}

/** @throws when the report could not be written; better now than after minutes. */
function checkWritable(file: string): void {
  const folder = dirname(resolve(file));
  mkdirSync(folder, { recursive: true });
  accessSync(folder, constants.W_OK);
}

/** The last of the reports; all of them so far are written, should a later drill fail. */
function show(drill: Drill, reports: readonly DrillReport[], file: string | undefined): void {
  const last = reports.at(-1);
  if (last !== undefined) process.stdout.write(`\n${renderReport(drill, last)}\n\n`);
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(reports, null, 2)}\n`);
}
