/**
 * `node tools/spec/programs.mjs` makes sure that Java and TLC are here and prints, as JSON, where.
 * A program of its own, because deploy/local is made of ES modules and the tools are CommonJS, also under jest.
 */
import { runMain } from '../../deploy/local/trouble.mjs';
import { ensureModelChecker } from './model-checker.mjs';

await runMain(async () => {
  process.stdout.write(JSON.stringify(await ensureModelChecker()));
});
