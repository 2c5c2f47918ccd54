export * from './collect-events';
export * from './free-port';
export * from './kafka';
export * from './log';
export * from './mysql';
export * from './servers';
export * from './until';
