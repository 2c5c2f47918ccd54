/**
 * `node tools/spec/programs.mjs` makes sure that Java and TLC are here and prints, as JSON, where.
 * A program of its own, because deploy/local is made of ES modules and the tools are CommonJS, also under jest.
 */
import { join } from 'node:path';
import { withLock } from '../../deploy/local/lock.mjs';
import { ensurePrograms, javaProgram, TLC_JARS } from '../../deploy/local/packages.mjs';
import { LOCAL } from '../../deploy/local/profiles.mjs';
import { runMain } from '../../deploy/local/trouble.mjs';

const say = (line) => process.stderr.write(`[spec] ${line}\n`);

await runMain(async () => {
  await withLock(join(LOCAL, 'packages.lock'), say, () => ensurePrograms(['tlc'], say));
  process.stdout.write(
    JSON.stringify({ java: javaProgram(), classPath: join(TLC_JARS, '*'), scratch: join(LOCAL, 'spec') }),
  );
});
