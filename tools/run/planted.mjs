/**
 * `npm run test:planted`: proves that the tests bite. Each patch under e2e/planted takes one protection out of the code and
 * names the test that must notice. `npm run test:planted -- 07 12` runs some only. e2e/planted/README.md says how to add one.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { withLock } from '../../deploy/local/lock.mjs';
import { LOCAL, ROOT } from '../../deploy/local/profiles.mjs';
import { runMain, Trouble } from '../../deploy/local/trouble.mjs';

const PATCHES = join(ROOT, 'e2e/planted');
const COPIES = join(LOCAL, 'planted');
/** Copies of the tree in which patches are tried side by side: one for each of the two cores that the tests are made for. */
const LANES = 2;
/** Shared with the copies, so that they use the same packages, servers and secrets. */
const SHARED = ['node_modules', '.floodgate'];
const RUN_MS_MAX = 180_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** What a patch can come to; everything but `caught` fails the command. */
const say = {
  caught: () => 'caught',
  red: () => 'its test is not green without the patch',
  missing: () => 'no test has this path and name',
  stale: (detail) => `the patch no longer applies, write it anew: ${detail}`,
  unloadable: (detail) => `the patched code does not load, which proves nothing: ${detail}`,
  survived: () => 'NOT CAUGHT: its test is green without the protection',
  otherwise: (detail) => `its test fails, but not by what it expects: ${detail}`,
};

/** Reads a patch: what it takes out, and the test that must notice, stand before the diff. Throws Trouble. */
function readPatch(file) {
  const [head = ''] = readFileSync(join(PATCHES, file), 'utf8').split(/^--- /m);
  const field = (name) => new RegExp(`^${name}: (.+)$`, 'm').exec(head)?.[1]?.trim();
  const [protection, path, name] = ['Protection', 'Test', 'Name'].map(field);
  if (protection === undefined || path === undefined || name === undefined) {
    throw new Trouble(
      `e2e/planted/${file} needs lines that begin with "Protection:", "Test:" and "Name:" before its diff.`,
    );
  }
  return { file, id: file.replace(/\.patch$/, ''), protection, path: new RegExp(path), name: new RegExp(name) };
}

function readPatches(wanted) {
  const all = readdirSync(PATCHES)
    .filter((file) => file.endsWith('.patch'))
    .sort();
  const unknown = wanted.find((number) => !all.some((file) => file.startsWith(`${number}-`)));
  if (unknown !== undefined) throw new Trouble(`There is no patch e2e/planted/${unknown}-*.patch.`);
  const chosen = wanted.length === 0 ? all : all.filter((file) => wanted.includes(file.split('-')[0]));
  return chosen.map(readPatch);
}

/** Runs a program in `cwd` to its end. Stopped by `stop`, and after `RUN_MS_MAX`. */
async function run(command, args, cwd, stop, env = {}) {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(RUN_MS_MAX)]);
  const child = spawn(command, args, {
    cwd,
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => output.push(bytes));
  const error = await once(child, 'close').then(
    () => undefined,
    (failure) => failure,
  );
  if (stop.aborted) throw new Trouble('Stopped.');
  if (error?.code === 'ENOENT') throw new Trouble(`${command} could not be started: install it.`);
  return { code: error === undefined ? child.exitCode : 1, output: Buffer.concat(output).toString() };
}

/** The files of the working tree as it stands, ignored ones left out. */
async function listFiles(stop) {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { code, output } = await run('git', args, ROOT, stop);
  if (code !== 0) throw new Trouble(`git cannot list this repository's files: ${output.trim()}`);
  // A file that somebody has removed and not committed is listed still.
  return [...new Set(output.split('\0'))].filter((file) => file !== '' && existsSync(join(ROOT, file)));
}

function copyTree(files, to) {
  rmSync(to, { recursive: true, force: true });
  for (const file of files) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    cpSync(join(ROOT, file), join(to, file), { verbatimSymlinks: true });
  }
  for (const shared of SHARED) symlinkSync(relative(to, join(ROOT, shared)), join(to, shared));
}

/** Applies a patch to a copy; what git says when it does not apply. */
async function apply(copy, patch, stop, ...more) {
  const args = ['apply', ...more, join(PATCHES, patch.file)];
  // Without the ceiling git finds the repository around the copy, takes the paths for paths of that, and applies nothing.
  const { code, output } = await run('git', args, copy, stop, { GIT_CEILING_DIRECTORIES: dirname(copy) });
  return code === 0 ? undefined : output.trim();
}

/**
 * Runs the tests that the patches name. For each file: whether it could be loaded, and each test that ran with its status
 * and messages.
 */
async function runTests(copy, patches, stop, workers) {
  const results = `${copy}.json`;
  rmSync(results, { force: true });
  const { output } = await run(
    process.execPath,
    [
      join(copy, 'node_modules/jest/bin/jest.js'),
      '--selectProjects=code',
      '--watchman=false',
      '--forceExit',
      '--json',
      `--outputFile=${results}`,
      ...workers,
      `--testNamePattern=${patches.map(({ name }) => `(?:${name.source})`).join('|')}`,
      ...new Set(patches.map(({ path }) => path.source)),
    ],
    copy,
    stop,
  );
  if (!existsSync(results))
    throw new Trouble(`jest ended without a result, or needed more than ${RUN_MS_MAX / 1000} s:\n${output}`);
  return JSON.parse(readFileSync(results, 'utf8')).testResults.map(({ name, message, assertionResults }) => ({
    path: relative(copy, name),
    message,
    tests: assertionResults.filter(({ status }) => status === 'passed' || status === 'failed'),
    isLoaded: assertionResults.length > 0,
  }));
}

/** The tests that a patch names, among the files that ran. */
function named({ path, name }, files) {
  return files
    .filter((file) => path.test(file.path))
    .flatMap(({ tests }) => tests.filter((one) => name.test(one.fullName)));
}

// eslint-disable-next-line no-control-regex
const plain = (text) => text.replace(/\u001b\[[0-9;]*m/g, '');

/** Did the test say no by an `expect` of its own, and not by a time-out or a ReferenceError? */
const failedByExpectation = ({ failureMessages }) =>
  failureMessages.some((message) => plain(message).includes('expect('));

/** What a patch came to, given what ran with it. */
function judge(patch, files) {
  const unloadable = files.find(({ isLoaded }) => !isLoaded);
  if (unloadable !== undefined) return ['unloadable', plain(unloadable.message).trim().slice(0, 500)];
  const tests = named(patch, files);
  if (tests.length === 0) return ['missing'];
  const failed = tests.filter(({ status }) => status === 'failed');
  if (failed.length < tests.length) return ['survived'];
  const other = failed.find((test) => !failedByExpectation(test));
  return other === undefined ? ['caught'] : ['otherwise', plain(other.failureMessages.join('\n')).slice(0, 500)];
}

async function tryPatch(copy, patch, stop) {
  const conflict = await apply(copy, patch, stop);
  if (conflict !== undefined) return ['stale', conflict];
  const verdict = judge(patch, await runTests(copy, [patch], stop, ['--runInBand']));
  const left = await apply(copy, patch, stop, '--reverse');
  if (left !== undefined) throw new Error(`${patch.file} could not be taken back: ${left}`);
  return verdict;
}

/** True when the verdict is `caught`. */
function report({ id, protection }, [verdict, detail], sinceMs) {
  const seconds = ((performance.now() - sinceMs) / 1000).toFixed(1).padStart(5);
  console.log(
    `${verdict === 'caught' ? 'ok    ' : 'FAILED'} ${seconds} s  ${id}: ${say[verdict](detail)} (${protection})`,
  );
  return verdict === 'caught';
}

/** Tries each patch; how many were caught. Patches whose test is red as it is are not tried. */
async function tryAll(patches, stop) {
  const files = await listFiles(stop);
  const copies = Array.from({ length: Math.min(LANES, patches.length) }, (_, lane) => join(COPIES, `lane-${lane + 1}`));
  for (const copy of copies) copyTree(files, copy);

  const sinceMs = performance.now();
  const unpatched = await runTests(copies[0], patches, stop, [`--maxWorkers=${LANES}`]);
  const isGreen = (test) => test.status === 'passed';
  const health = (patch) => {
    const tests = named(patch, unpatched);
    if (tests.length === 0) return 'missing';
    return tests.every(isGreen) ? 'green' : 'red';
  };
  const queue = patches.filter((patch) => health(patch) === 'green');
  console.log(
    `${queue.length} of ${patches.length} patches have a green test (${((performance.now() - sinceMs) / 1000).toFixed(1)} s)`,
  );
  for (const patch of patches) {
    if (!queue.includes(patch)) report(patch, [health(patch)], sinceMs);
  }

  let caught = 0;
  const lane = async (copy) => {
    for (let patch = queue.shift(); patch !== undefined; patch = queue.shift()) {
      const startedMs = performance.now();
      if (report(patch, await tryPatch(copy, patch, stop), startedMs)) caught++;
    }
  };
  await Promise.all(copies.map(lane));
  return caught;
}

await runMain(async () => {
  const patches = readPatches(process.argv.slice(2));
  const stop = new AbortController();
  for (const signal of SIGNALS) process.on(signal, () => stop.abort());
  const caught = await withLock(`${COPIES}.lock`, console.log, async () => {
    try {
      return await tryAll(patches, stop.signal);
    } finally {
      rmSync(COPIES, { recursive: true, force: true });
    }
  });
  console.log(`\n${caught} of ${patches.length} caught`);
  return caught === patches.length ? 0 : 1;
});
