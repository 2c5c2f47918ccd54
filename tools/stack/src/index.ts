export { lastLogLines, logFileOf } from './app-process';
export * from './environment';
export { migrate } from './migrate';
export { OperatorError, PlanDesk, putPlanIntoForce } from './plan-desk';
export * from './stack';
export { runTool, StackTrouble } from './trouble';
