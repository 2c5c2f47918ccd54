/**
 * `npm test`: every test, some minutes of chaos, whether each promise of docs/reference/promises.md has a test that ran and passed, and one closing line
 * counted from what really ran. Arguments go to jest: `npm test -- fold` runs the tests whose path has "fold" in it.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { LOCAL, ROOT } from '../../deploy/local/profiles.mjs';
import { KILLED, runChild } from './child.mjs';

const PARTS = [
  { project: 'code', args: ['--maxWorkers=2'] },
  { project: 'e2e', args: ['--runInBand'] },
];

/** Schedules of faults, run at the end for about so many minutes; `npm run test:chaos` runs as many as you like. */
const CHAOS = ['test:chaos', '--kept', '--minutes', '4', '--check-with-model', '20'];

/** Several times what a part takes on two cores: past it a suite hangs, and jest itself knows no limit for one. */
const PART_LIMIT_MIN = 40;

const PROMISES = 'docs/reference/promises.md';

const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
const resultsOf = (project) => join(LOCAL, 'test', `results-${project}.json`);

/** Runs one part. Its counts, or undefined when jest ended without a result. */
async function runPart({ project, args }, more) {
  const results = resultsOf(project);
  mkdirSync(join(LOCAL, 'test'), { recursive: true });
  rmSync(results, { force: true });
  const jestArgs = [
    `--selectProjects=${project}`,
    '--passWithNoTests',
    // A suite that fails in its set-up leaves connections open, and jest would wait for them for ever.
    '--forceExit',
    '--json',
    `--outputFile=${results}`,
    ...args,
    ...more,
  ];
  const code = await runChild(process.execPath, [jest, ...jestArgs], {}, PART_LIMIT_MIN * 60_000);
  if (code === KILLED)
    console.error(
      `The ${project} tests were killed, after ${PART_LIMIT_MIN} min at the latest: see which has no PASS or FAIL.`,
    );
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests } = JSON.parse(
      readFileSync(results, 'utf8'),
    );
    // A suite that could not even be loaded has no failed test, yet it failed.
    return {
      code,
      passed: numPassedTests,
      failed: Math.max(numFailedTests, numFailedTestSuites),
      skipped: numPendingTests,
    };
  } catch {
    return { code: code || 1, passed: 0, failed: 1, skipped: 0 };
  }
}

/** Its counts, as it has written them down. */
async function runChaos() {
  const counts = join(LOCAL, 'chaos/last-run.json');
  rmSync(counts, { force: true });
  const code = await runChild(process.execPath, [join(ROOT, 'tools/run/main.mjs'), ...CHAOS]);
  try {
    return { code, ...JSON.parse(readFileSync(counts, 'utf8')), skipped: 0 };
  } catch {
    return { code: code || 1, passed: 0, failed: 1, skipped: 0 };
  }
}

/** What a project's tests came to, as jest has written it down; nothing when it has not. */
function readResults({ project }) {
  const file = resultsOf(project);
  return existsSync(file) ? [JSON.parse(readFileSync(file, 'utf8'))] : [];
}

/** Says which promises no passed test keeps; how many there are. */
function checkPromises() {
  const { brokenPromises, readPromises } = createRequire(import.meta.url)('../../dist/tools/promises/src/index.js');
  const promised = readPromises(readFileSync(join(ROOT, PROMISES), 'utf8'));
  const broken = brokenPromises(promised, PARTS.flatMap(readResults), ROOT);
  for (const sentence of broken) console.error(sentence);
  console.log(`\n${promised.length - broken.length} of ${promised.length} promises kept (${PROMISES})`);
  return { code: 0, passed: 0, failed: broken.length, skipped: 0 };
}

let passed = 0;
let failed = 0;
let exitCode = 0;
const chosen = process.argv.slice(2);
const parts = PARTS.map((part) => () => runPart(part, chosen));
// These have no part that could be chosen.
if (chosen.length === 0) parts.push(runChaos, checkPromises);
for (const run of parts) {
  const result = await run();
  passed += result.passed;
  failed += result.failed;
  if (result.skipped > 0) {
    console.error(`${result.skipped} tests were skipped: no test may be.`);
    failed += result.skipped;
  }
  exitCode ||= result.code;
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : exitCode;
