export * from './admission-contract';
