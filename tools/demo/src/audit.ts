import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type StackEnvironment, StackTrouble } from '@floodgate/tools/stack';

export interface Invariant {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/**
 * Runs the audit as a process of its own, which computes each invariant from the stores and the clients' log.
 * @throws StackTrouble with what it said when it ends without a verdict.
 */
export async function runAudit(environment: StackEnvironment, clientLogFile: string): Promise<Invariant[]> {
  const script = join(environment.root, 'dist/tools/audit/src/main.js');
  if (!existsSync(script)) throw new StackTrouble(`The audit is not built: there is no ${script}.`);
  const verdictFile = join(environment.directory, 'audit.json');
  rmSync(verdictFile, { force: true });
  const args = [script, '--profile', environment.name, '--client-log', clientLogFile, '--json', verdictFile];
  const child = spawn(process.execPath, args, { cwd: environment.root, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => output.push(bytes));
  await once(child, 'close');
  if (!existsSync(verdictFile)) {
    throw new StackTrouble(`The audit ended without a verdict:\n${Buffer.concat(output).toString('utf8').trim()}`);
  }
  return (JSON.parse(readFileSync(verdictFile, 'utf8')) as { invariants: Invariant[] }).invariants;
}
