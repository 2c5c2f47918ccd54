export { compareFolds, type FoldComparison, type FoldDifference, foldTraceWithModel } from './compare-folds';
export { foldTrace, type FoldSummary } from './fold-summary';
export { findPrograms, type Programs } from './programs';
export { readTrace, type ShardTrace, splitTrace, type TraceEntry, type TraceLine } from './trace';
