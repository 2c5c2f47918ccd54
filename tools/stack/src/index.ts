export { lastLogLines, logFileOf } from './app-process';
export * from './environment';
export { migrate } from './migrate';
export * from './stack';
export { runTool, StackTrouble } from './trouble';
