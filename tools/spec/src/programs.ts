import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot, StackTrouble } from '@floodgate/tools/stack';

export interface Programs {
  /** The java program. */
  readonly java: string;
  /** The class path that has TLC. */
  readonly classPath: string;
  /** A folder for what a run writes. */
  readonly scratch: string;
  /** The folder of the TLA+ modules. */
  readonly modules: string;
}

/**
 * Where Java, TLC and the modules are. Installs what is missing.
 * @throws StackTrouble with a sentence when that fails.
 */
export function findPrograms(): Programs {
  const root = repositoryRoot();
  const script = join(root, 'tools/spec/programs.mjs');
  const { status, stdout } = spawnSync(process.execPath, [script], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new StackTrouble('The model checker is not ready; the lines above say why.');
  return { ...(JSON.parse(stdout) as Omit<Programs, 'modules'>), modules: join(root, 'docs/spec') };
}
