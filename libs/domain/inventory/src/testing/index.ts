export * from './admission-contract';
export * from './memory-admission';
