/**
 * `npm run lint [-- --fix]`: eslint and its import walls, formatting, and the contracts' style and compatibility with the
 * baseline image. All of them run, each prints its trouble as one block, and the exit code is 1 when one has any.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from '../../deploy/local/profiles.mjs';
import { runMain, Trouble } from '../../deploy/local/trouble.mjs';

const CONTRACTS = 'libs/contracts';

// Without a cache: eslint's knows a file by its own text, and misses what another file's types or imports did to it.
const ESLINT = ['eslint', '.', '--max-warnings', '0'];
const PRETTIER = ['prettier', '.', '--log-level', 'warn', '--cache'];

/** What is checked: [program of node_modules/.bin, ...arguments]. */
const checks = (isFixing) => [
  [...ESLINT, ...(isFixing ? ['--fix'] : [])],
  [...PRETTIER, isFixing ? '--write' : '--check'],
  ['buf', 'lint', CONTRACTS],
  ['buf', 'breaking', CONTRACTS, '--against', `${CONTRACTS}/baseline.binpb`],
];

async function passes([program, ...args]) {
  const child = spawn(join(ROOT, 'node_modules/.bin', program), args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => output.push(bytes));
  const [code] = await once(child, 'close');
  console.log(`[lint] ${code === 0 ? 'ok    ' : 'failed'} ${[program, ...args].join(' ')}`);
  if (code !== 0) process.stdout.write(Buffer.concat(output));
  return code === 0;
}

await runMain(async () => {
  const [option, ...rest] = process.argv.slice(2);
  if ((option !== undefined && option !== '--fix') || rest.length > 0) {
    throw new Trouble('Usage: npm run lint [-- --fix]');
  }
  const isFixing = option === '--fix';
  const results = [];
  // Two programs that rewrite the same files must not run at once.
  if (isFixing) for (const check of checks(isFixing)) results.push(await passes(check));
  else results.push(...(await Promise.all(checks(isFixing).map(passes))));
  return results.every(Boolean) ? 0 : 1;
});
