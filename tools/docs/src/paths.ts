import { resolve } from 'node:path';

/** Holds apps/ and libs/ in the form in which this file runs: the repository's root under test, dist/ once built. */
export const CODE = resolve(__dirname, '../../..');
