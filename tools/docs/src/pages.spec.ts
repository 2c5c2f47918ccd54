import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { referencePages } from './pages';

const ROOT = resolve(__dirname, '../../..');

describe('docs/reference', () => {
  let pages: Record<string, string>;

  beforeAll(async () => {
    pages = await referencePages(ROOT);
  });

  it.each(['outcomes.md', 'events.md', 'configuration.md'])(
    '%s says what the code says; else: npm run docs',
    (file) => {
      expect(readFileSync(resolve(ROOT, 'docs/reference', file), 'utf8')).toBe(pages[file]);
    },
  );
});
