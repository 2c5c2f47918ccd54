import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { StackTrouble } from '@floodgate/tools/stack';
import { type Programs } from './programs';

export interface TlcJob {
  /** Name of the module: of one in docs/spec, unless `text` is given. */
  readonly module: string;
  /** The module itself, when it is made for this run. It may extend the modules of docs/spec. */
  readonly text?: string;
  /** The text of the configuration file. */
  readonly config: string;
  /** Expected to last seconds. */
  readonly short: boolean;
}

export interface TlcResult {
  /** The invariant that does not hold; undefined when all do in every state. */
  readonly violated: string | undefined;
  /** Distinct states. */
  readonly states: number;
  /** What TLC printed, line by line. */
  readonly lines: readonly string[];
}

// Enough memory for the settings that stand in docs/spec, and bounded, since other programs run beside it.
const JAVA_OPTIONS = ['-Xmx1g', '-Xss64m', '-XX:+UseSerialGC'];
/** A run of seconds spends most of them compiling, unless Java is told to do it lightly. */
const JAVA_OPTIONS_OF_SHORT = ['-XX:TieredStopAtLevel=1'];
const EXIT_OK = 0;
const EXIT_VIOLATED = 12;
const LINES_SHOWN = 12;

/**
 * Runs TLC to its end. `onProgress` hears its own reports, one a minute.
 * @throws StackTrouble when TLC ends in any other way than with an answer.
 */
export async function runTlc(
  job: TlcJob,
  programs: Programs,
  onProgress: (line: string) => void = () => undefined,
): Promise<TlcResult> {
  mkdirSync(programs.scratch, { recursive: true });
  const folder = mkdtempSync(join(programs.scratch, 'run-'));
  try {
    // TLC looks for a module and all that it extends in one folder.
    cpSync(programs.modules, folder, { recursive: true });
    writeFileSync(join(folder, 'model.cfg'), job.config);
    if (job.text !== undefined) writeFileSync(join(folder, `${job.module}.tla`), job.text);
    const { code, lines } = await runJava(programs, folder, job, onProgress);
    const violated = lines.map((line) => /^Error: Invariant (\w+) is violated/.exec(line)?.[1]).find(Boolean);
    if (code !== EXIT_OK && (code !== EXIT_VIOLATED || violated === undefined)) throw troubleOf(code, lines);
    return { violated, states: statesOf(lines), lines };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runJava(programs: Programs, folder: string, job: TlcJob, onProgress: (line: string) => void) {
  const child = spawn(
    programs.java,
    [
      ...JAVA_OPTIONS,
      ...(job.short ? JAVA_OPTIONS_OF_SHORT : []),
      // TLC unpacks its standard modules there, and two runs must not share them.
      `-Djava.io.tmpdir=${folder}`,
      ...['-cp', programs.classPath, 'tlc2.TLC', '-workers', '1', '-nowarning'],
      ...['-metadir', 'states', '-config', 'model.cfg', job.module],
    ],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const stop = () => void child.kill();
  process.once('exit', stop);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (line.startsWith('Progress(')) onProgress(line);
  });
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, lines };
  } catch (error) {
    throw new StackTrouble(`${programs.java} could not be started: ${(error as Error).message}.`);
  } finally {
    process.off('exit', stop);
  }
}

function statesOf(lines: readonly string[]): number {
  const last = lines.findLast((line) => /\d distinct states found/.test(line)) ?? '';
  return Number(/([\d,]+) distinct states found/.exec(last)?.[1]?.replaceAll(',', '') ?? 0);
}

function troubleOf(code: number | null, lines: readonly string[]): StackTrouble {
  if (lines.some((line) => line.includes('OutOfMemoryError'))) {
    return new StackTrouble('TLC ran out of memory (1 GB): check a smaller setting.');
  }
  const from = Math.max(
    0,
    lines.findIndex((line) => /error|exception/i.test(line)),
  );
  const shown = lines.slice(from, from + LINES_SHOWN).join('\n');
  return new StackTrouble(`TLC gave no answer (${code === null ? 'it was stopped' : `exit code ${code}`}):\n${shown}`);
}
