export { brokenPromises } from './broken-promises';
export { readPromises } from './promise-page';
