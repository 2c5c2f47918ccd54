export * from './stock-log-codec';
export * from './shard-folds';
