/** What tools/drill measures with. */
export { DatabaseStatements } from './database-statements';
export { type Place, withText } from './document';
export { Floodgate } from './floodgate';
export { tokenMint } from './load/token-mint';
export { describeMachine, type Machine } from './machine';
export { type CpuTimes, readCpu, spentBetween } from './process-cpu';
export { computeRow, type Row, type RowSpec, type Sample } from './rows';
export { jwtSecretOf } from './secrets';
export { startEmptyServers, stopServers } from './servers';
export { QUIET_LOG } from './settings';
export { percentileOf } from './statistics';
export { figure } from './table';
