/**
 * npm's `prepare` step: in a git checkout, commits are formatted and linted first (staged files only, see tools/run/hooks).
 * Somebody's own core.hooksPath is left alone, and an install never fails for the hooks' sake.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOOKS = 'tools/run/hooks';

/** What git prints; undefined when there is no git, no checkout, or nothing to say. */
function git(...args) {
  const { status, stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  return status === 0 ? stdout.trim() || undefined : undefined;
}

// Only where the checkout is this folder: a copy inside somebody else's repository must not change that one.
const isCheckout = git('rev-parse', '--show-prefix') === undefined && git('rev-parse', '--git-dir') !== undefined;
if (isCheckout && git('config', 'core.hooksPath') === undefined) {
  git('config', 'core.hooksPath', HOOKS);
}
