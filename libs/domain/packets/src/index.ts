export * from './check-packets';
export * from './packet-cutter';
export * from './packet-seal';
export * from './packet-terms';
export * from './unit-permutation';
