import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type FilePort } from '@floodgate/domain/degradation-plan';
import { replaceFile } from '@floodgate/nest-kit';

const NAME = /^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*$/;

/** No name of a policy file begins with a dot. */
const WRITTEN = '.written';
const SERIAL = /^\d{16}$/;
const MODE = 0o644;

/**
 * Policy files in a folder, which a CDN's origin may serve. Several services may write there: each keeps its text under its serial first, puts the text of the
 * highest serial into place, and looks again. So whoever comes last, though it was stopped for hours before it put an older text into place, sees the newer one
 * and mends it. For a moment a reader may see the older text again; clients take none below the highest serial they have seen.
 */
export class LocalPolicyFiles implements FilePort {
  constructor(private readonly folder: string) {}

  async write(name: string, text: string, serial: number): Promise<void> {
    if (!NAME.test(name)) throw new RangeError(`${name} is no name of a policy file`);
    const written = join(this.folder, WRITTEN, name);
    await replaceFile(join(written, String(serial).padStart(16, '0')), text, MODE);
    let inPlace = '';
    for (let highest = await highestIn(written); highest !== inPlace; highest = await highestIn(written)) {
      const newest = await readIfThere(join(written, highest));
      // Gone: somebody has put a higher one into place.
      if (newest === undefined) continue;
      await replaceFile(join(this.folder, name), newest, MODE);
      inPlace = highest;
    }
    await removeBelow(written, inPlace);
  }
}

/** The text of the highest serial is never removed. */
async function highestIn(folder: string): Promise<string> {
  const highest = (await serialsIn(folder)).at(-1);
  if (highest === undefined) throw new Error(`what was just written to ${folder} is gone`);
  return highest;
}

async function removeBelow(folder: string, highest: string): Promise<void> {
  const older = (await serialsIn(folder)).filter((serial) => serial < highest);
  await Promise.all(older.map((serial) => rm(join(folder, serial), { force: true })));
}

/** From the lowest to the highest. */
async function serialsIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((entry) => SERIAL.test(entry)).sort();
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
