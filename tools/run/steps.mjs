/** What a command may need done before it runs. Each step is cheap when there is nothing to do, and safe to repeat. */
import { join } from 'node:path';
import { ROOT } from '../../deploy/local/profiles.mjs';
import { Trouble } from '../../deploy/local/trouble.mjs';
import { runChild, runQuietly } from './child.mjs';
import { ensureModelChecker } from '../spec/model-checker.mjs';
import { ensureDependencies } from './setup.mjs';

const NX_ENV = { NX_DAEMON: 'false', NX_NO_CLOUD: 'true' };

async function infraUp(profile) {
  const code = await runChild(process.execPath, [join(ROOT, 'deploy/local/infra.mjs'), 'up', '--profile', profile]);
  if (code !== 0) throw new Trouble(`The local servers of the ${profile} profile are not up; the lines above say why.`);
}

async function build() {
  console.log('[build] building what changed (nx run-many -t build)');
  await runQuietly(
    process.execPath,
    [join(ROOT, 'node_modules/.bin/nx'), 'run-many', '-t', 'build'],
    'The build failed',
    NX_ENV,
  );
}

const migrate = (profile, ...more) =>
  runQuietly(
    process.execPath,
    [join(ROOT, 'dist/tools/stack/src/main.js'), 'migrate', '--profile', profile, ...more],
    'The migrations failed',
  );

/** name -> what makes it so. They run in the order in which a command names them. */
export const STEPS = {
  dependencies: ensureDependencies,
  'infra:dev': () => infraUp('dev'),
  'infra:test': () => infraUp('test'),
  'infra:chaos': () => infraUp('chaos'),
  'infra:chaos-3': () => infraUp('chaos-3'),
  build,
  'model-checker': ensureModelChecker,
  'migrate:dev': () => migrate('dev'),
  'migrate:test': () => migrate('test'),
  // Only inventory runs there.
  'migrate:chaos': () => migrate('chaos', '--apps', 'inventory'),
  'migrate:chaos-3': () => migrate('chaos-3', '--apps', 'inventory'),
};
