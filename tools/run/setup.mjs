/** Makes sure that node_modules is what package-lock.json says, so that every command works in a fresh clone. Uses no npm package. */
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../../deploy/local/lock.mjs';
import { LOCAL, ROOT } from '../../deploy/local/profiles.mjs';
import { Trouble } from '../../deploy/local/trouble.mjs';

const NODE_VERSION_MIN = [20, 19];
const LOCK_FILE = join(ROOT, 'package-lock.json');
const PATCHES = join(ROOT, 'patches');
const MODULES = join(ROOT, 'node_modules');
const HASH_FILE = join(MODULES, '.floodgate-lock-hash');

function checkNodeVersion() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [majorMin, minorMin] = NODE_VERSION_MIN;
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return;
  throw new Trouble(
    `Node ${NODE_VERSION_MIN.join('.')} or newer is needed, and this is ${process.versions.node}: install the LTS.`,
  );
}

/** Stands for everything that decides what lies in node_modules: the lock file, and the patches that are put on top. */
function wantedHash() {
  const hash = createHash('sha256').update(readFileSync(LOCK_FILE));
  const patches = existsSync(PATCHES) ? readdirSync(PATCHES).sort() : [];
  for (const patch of patches) hash.update(patch).update(readFileSync(join(PATCHES, patch)));
  return hash.digest('hex');
}

/** Applies the patches, which does nothing where they are applied; false when an older form of one is in the way. */
function applyPatches() {
  const script = join(MODULES, 'patch-package/index.js');
  return spawnSync(process.execPath, [script, '--error-on-fail'], { cwd: ROOT, stdio: 'ignore' }).status === 0;
}

/** Does npm's own note of what it installed agree with the lock file? It does after somebody's "npm install" by hand. */
function isInstalledByHand() {
  const note = join(MODULES, '.package-lock.json');
  if (!existsSync(note)) return false;
  const installed = JSON.parse(readFileSync(note, 'utf8')).packages;
  const { '': root, ...wanted } = JSON.parse(readFileSync(LOCK_FILE, 'utf8')).packages;
  const isSame = ([path, entry]) =>
    installed[path]?.version === entry.version && installed[path]?.integrity === entry.integrity;
  return (
    Object.keys(installed).every((path) => wanted[path] !== undefined) &&
    Object.entries(wanted).every(
      (entry) => isSame(entry) || (entry[1].optional === true && installed[entry[0]] === undefined),
    )
  );
}

/**
 * Runs "npm ci" when node_modules is missing or belongs to another package-lock.json or other patches; otherwise costs a few milliseconds.
 * @throws Trouble when Node is too old, or npm fails.
 */
export async function ensureDependencies() {
  checkNodeVersion();
  if (!existsSync(LOCK_FILE)) throw new Trouble('package-lock.json is missing: take it back from git.');
  const isCurrent = () => existsSync(HASH_FILE) && readFileSync(HASH_FILE, 'utf8') === wantedHash();
  if (isCurrent()) return;
  const say = (line) => console.log(`[setup] ${line}`);
  await withLock(join(LOCAL, 'setup.lock'), say, async () => {
    if (isCurrent()) return;
    if (!(isInstalledByHand() && applyPatches())) {
      say('installing npm packages, as package-lock.json says (npm ci)');
      const { status, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
        cwd: ROOT,
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      if (status !== 0)
        throw new Trouble(
          `"npm ci" failed${error === undefined ? '' : ` (${error.message})`}: mend what it says above and try again.`,
        );
    }
    writeFileSync(HASH_FILE, wantedHash());
  });
}
