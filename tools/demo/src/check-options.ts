/** Says what is wrong with the demo's options, before anything is started for them. */
import { runTool } from '@floodgate/tools/stack';
import { parseOptions } from './options';

void runTool(() => {
  parseOptions(process.argv.slice(2));
  return Promise.resolve(0);
});
