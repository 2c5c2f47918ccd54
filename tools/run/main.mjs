/**
 * The entry behind the npm scripts: `node tools/run/main.mjs <command> [arguments]`.
 * It does what the command needs first, so that each works in a fresh clone, and then runs it; the exit code is the program's.
 */
import { join } from 'node:path';
import { withLock } from '../../deploy/local/lock.mjs';
import { LOCAL, ROOT } from '../../deploy/local/profiles.mjs';
import { runMain, Trouble } from '../../deploy/local/trouble.mjs';
import { runChild } from './child.mjs';
import { STEPS } from './steps.mjs';

const AUDIT_NEEDS = (profile) => ['dependencies', `infra:${profile}`, 'build', `migrate:${profile}`];

/** The value of `--name value` or `--name=value`. */
function optionOf(args, name) {
  const at = args.findIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
  return at === -1 ? undefined : (args[at].split('=')[1] ?? args[at + 1]);
}

const node = (script) => (args) => runChild(process.execPath, [join(ROOT, script), ...args]);

/**
 * command -> {needs: names of STEPS, in order, or what gives them for the arguments; run: (arguments) => exit code}. Where `check` is there, what it
 * refuses is refused before the `servers` are started for it: (arguments) => exit code.
 * To add a command, add a row here and a script in package.json.
 */
const COMMANDS = {
  infra: { needs: ['dependencies'], run: node('deploy/local/infra.mjs') },
  demo: {
    needs: ['dependencies', 'build'],
    check: node('dist/tools/demo/src/check-options.js'),
    servers: ['infra:dev', 'migrate:dev'],
    run: node('dist/tools/demo/src/main.js'),
  },
  start: { needs: ['dependencies', 'infra:dev', 'build', 'migrate:dev'], run: node('dist/tools/demo/src/start.js') },
  stop: { needs: ['dependencies', 'build'], run: () => node('dist/tools/stack/src/main.js')(['stop']) },
  dev: { needs: ['dependencies', 'infra:dev', 'build', 'migrate:dev'], run: node('dist/tools/stack/src/dev.js') },
  test: {
    needs: ['dependencies', 'model-checker', 'infra:test', 'build', 'migrate:test'],
    run: node('tools/run/test.mjs'),
  },
  'test:node24': {
    needs: ['dependencies', 'model-checker', 'infra:test', 'build', 'migrate:test'],
    run: node('tools/run/node24.mjs'),
  },
  'test:planted': {
    needs: ['dependencies', 'infra:test', 'build', 'migrate:test'],
    run: node('tools/run/planted.mjs'),
  },
  'test:chaos': {
    needs: (args) => {
      const name = optionOf(args, 'profile') === 'chaos-3' ? 'chaos-3' : 'chaos';
      return ['dependencies', `infra:${name}`, 'build', `migrate:${name}`];
    },
    // Two runs would break each other's servers.
    run: (args) =>
      withLock(join(LOCAL, 'chaos-run.lock'), console.log, () => node('dist/tools/chaos/src/main.js')(args)),
  },
  audit: {
    needs: (args) => {
      const profile = args.some(
        (arg, at) => arg === '--profile=test' || (arg === '--profile' && args[at + 1] === 'test'),
      );
      return profile ? AUDIT_NEEDS('test') : AUDIT_NEEDS('dev');
    },
    run: node('dist/tools/audit/src/main.js'),
  },
  'verify-packets': { needs: ['dependencies', 'build'], run: node('dist/tools/verify-packets/src/main.js') },
  // Where the servers answer, they are what is looked at; it starts none.
  'dead-letter': { needs: ['dependencies', 'build'], run: node('dist/tools/dead-letter/src/main.js') },
  'plan-audit': { needs: ['dependencies', 'build'], run: node('dist/tools/plan-audit/src/main.js') },
  docs: { needs: ['dependencies', 'build'], run: node('dist/tools/docs/src/main.js') },
  // It empties and starts its own servers, after it has looked at its options.
  bench: { needs: ['dependencies', 'build'], run: node('dist/tools/bench/src/main.js') },
  // On the bench's servers.
  drill: { needs: ['dependencies', 'build'], run: node('dist/tools/drill/src/main.js') },
  // It looks for the model checker itself, when what it is asked needs it.
  spec: { needs: ['dependencies', 'build'], run: node('dist/tools/spec/src/main.js') },
  lint: { needs: ['dependencies'], run: node('tools/run/lint.mjs') },
  typecheck: {
    needs: ['dependencies'],
    run: (args) => runChild(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', ROOT, ...args]),
  },
};

await runMain(async () => {
  const [name, ...args] = process.argv.slice(2);
  const command = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name] : undefined;
  if (command === undefined)
    throw new Trouble(`Usage: node tools/run/main.mjs ${Object.keys(COMMANDS).join('|')} [arguments]`);
  const needs = typeof command.needs === 'function' ? command.needs(args) : command.needs;
  for (const step of needs) await STEPS[step]();
  const refused = (await command.check?.(args)) ?? 0;
  if (refused !== 0) return refused;
  for (const step of command.servers ?? []) await STEPS[step]();
  return command.run(args);
});
