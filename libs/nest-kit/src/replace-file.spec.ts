import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceFile } from './replace-file';

describe('replacing a file', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'floodgate-replace-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('makes its folders, and leaves one whole text and no draft, however many write', async () => {
    const path = join(folder, 'a/b/x.json');
    const texts = ['1', '2', '3'].map((digit) => digit.repeat(100_000));
    await Promise.all(texts.map((text) => replaceFile(path, text, 0o600)));
    expect(texts).toContain(await readFile(path, 'utf8'));
    expect(await readdir(join(folder, 'a/b'))).toEqual(['x.json']);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('leaves nothing behind when the disk refuses', async () => {
    await mkdir(join(folder, 'x.json/full'), { recursive: true });
    await expect(replaceFile(join(folder, 'x.json'), 'text', 0o600)).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['x.json']);
  });
});
