/** `npm run docs`: writes the generated pages of docs/reference. Runs at the repository's root. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePages } from './pages';

const FOLDER = 'docs/reference';

async function main(): Promise<void> {
  for (const [file, text] of Object.entries(await referencePages(process.cwd()))) {
    writeFileSync(join(FOLDER, file), text);
    process.stdout.write(`${FOLDER}/${file}\n`);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
