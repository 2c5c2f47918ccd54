import { runTool } from '@floodgate/tools/stack';
import { parseOptions } from './options';
import { runDemo } from './run';

void runTool(() => runDemo(parseOptions(process.argv.slice(2))));
