import { createRequire } from 'node:module';
import { Trouble } from './trouble.mjs';

const require = createRequire(import.meta.url);

/**
 * Loads an npm package when it is first needed, so that stopping servers works without node_modules.
 * @throws Trouble when it is not installed.
 */
export function npmPackage(name) {
  try {
    return require(name);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    throw new Trouble(`The npm package ${name} is not installed: run "npm ci".`);
  }
}
