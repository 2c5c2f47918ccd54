/** Java and TLC, the model checker of TLA+. */
import { join } from 'node:path';
import { withLock } from '../../deploy/local/lock.mjs';
import { ensurePrograms, javaProgram, TLC_JARS } from '../../deploy/local/packages.mjs';
import { LOCAL } from '../../deploy/local/profiles.mjs';

// Not on stdout, where programs.mjs answers.
const say = (line) => console.error(`[spec] ${line}`);

/**
 * Makes sure that both are here, and tells where.
 * @throws Trouble that says what to install by hand when they cannot be had.
 */
export async function ensureModelChecker() {
  await withLock(join(LOCAL, 'packages.lock'), say, () => ensurePrograms(['tlc'], say));
  return { java: javaProgram(), classPath: join(TLC_JARS, '*'), scratch: join(LOCAL, 'spec') };
}
