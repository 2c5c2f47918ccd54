import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sha256Hex } from '@floodgate/kernel';
import { type PublicData, readData, verdictOnFile, writeData } from '../src';
import { SAMPLES } from './sample-data';

const DOCS = resolve(__dirname, '../../../docs/packets');
const directory = mkdtempSync(join(tmpdir(), 'packets-'));
afterAll(() => rmSync(directory, { recursive: true }));

function fileOf(text: string): string {
  const file = join(directory, 'data.ndjson');
  writeFileSync(file, text);
  return file;
}

/** docs/packets/verify.py on this text. */
function byPython(text: string): { ok: boolean; output: string } {
  const { status, stdout, error } = spawnSync('python3', [join(DOCS, 'verify.py'), fileOf(text)], { encoding: 'utf8' });
  if (error) throw new Error('python3 is needed to run docs/packets/verify.py: install it.', { cause: error });
  return { ok: status === 0, output: stdout };
}

/** The program in docs/packets/recipe.md on this text. */
function byRecipe(text: string): string {
  const recipe = /^```js\n([^]*?)^```$/m.exec(readFileSync(join(DOCS, 'recipe.md'), 'utf8'))?.[1] ?? '';
  const program = join(directory, 'recipe.cjs');
  writeFileSync(program, recipe);
  const { stdout, stderr } = spawnSync(process.execPath, [program, fileOf(text)], { encoding: 'utf8' });
  return (stdout + stderr).trim();
}

/** What a cheat publishes: something changed, and the checksum made again. */
function forge(data: PublicData, from: string | RegExp, to: string): string {
  const text = writeData(data);
  const lines = text.trimEnd().split('\n').slice(0, -1);
  const forged = `${lines.join('\n')}\n`.replace(from, to);
  expect(text.startsWith(forged)).toBe(false);
  return `${forged}${JSON.stringify({ sha256: sha256Hex(forged) })}\n`;
}

describe.each(SAMPLES)('packets of mode %s', (_, data) => {
  const text = writeData(data);

  it('are read as they were written', () => {
    expect(readData(text)).toEqual(data);
  });

  it('are verified by the tool, by the Python script and by the recipe alike', () => {
    expect(verdictOnFile(text)).toMatchObject({ ok: true, text: expect.stringMatching(/\nVERIFIED: .+\n$/) });
    expect(byPython(text)).toMatchObject({ ok: true, output: expect.stringMatching(/^VERIFIED: /) });
    expect(byRecipe(text)).toBe('VERIFIED');
  });
});

const [, sample] = SAMPLES[0] ?? [];
if (sample === undefined) throw new Error('there are samples');

it('one changed byte fails, whichever it is', () => {
  const text = writeData({ pool: { ...sample.pool, granted: 2 }, granted: sample.granted.slice(0, 2) });
  expect(verdictOnFile(text).ok).toBe(true);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    expect([at, verdictOnFile(changed.toString('latin1')).ok]).toEqual([at, false]);
  }
  for (let at = 0; at < bytes.length; at += 97) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    expect([at, byPython(changed.toString('latin1')).ok]).toEqual([at, false]);
  }
});

it.each([
  ['the seed', /"seed":"../, '"seed":"00'],
  ["the author's secret", /"authorSecret":"../, '"authorSecret":"00'],
  ["the approver's secret", /"approverSecret":"../, '"approverSecret":"00'],
  ['the commitment', /"commitment":"../, '"commitment":"00'],
  ['the total', '"totalFen":88800', '"totalFen":88801'],
  ['the minimum', '"minFen":1,', '"minFen":2,'],
  ['the maximum', '"maxFen":4000', '"maxFen":4001'],
  ['the stock', '"stock":100', '"stock":101'],
  ['the pool', '"poolId":"cash"', '"poolId":"cask"'],
  ['the time of the commitment', '"committedAtMs":1764089000000', '"committedAtMs":1764090000000'],
  ['an amount', /"amountFen":(\d+)/, '"amountFen":1$1'],
  ['a unit', /"unitNo":99/, '"unitNo":98'],
])('a file with %s forged and a checksum to match is not verified by anyone', (_, from, to) => {
  const forged = forge(sample, from, to);
  expect(verdictOnFile(forged).text).toMatch(/^WRONG/m);
  expect(verdictOnFile(forged).ok).toBe(false);
  expect(byPython(forged)).toMatchObject({ ok: false, output: expect.stringMatching(/^NOT VERIFIED: /) });
  expect(byRecipe(forged)).toBe('NOT VERIFIED');
});

it.each([
  ['a packet left out', (lines: string[]) => lines.slice(0, -1)],
  ['a packet twice', (lines: string[]) => [...lines, ...lines.slice(-1)]],
])('a file with %s and a checksum to match is not verified', (_, change) => {
  const lines = writeData(sample).trimEnd().split('\n').slice(0, -1);
  const forged = `${change(lines).join('\n')}\n`;
  const text = `${forged}${JSON.stringify({ sha256: sha256Hex(forged) })}\n`;
  expect(verdictOnFile(text).ok).toBe(false);
  expect(byPython(text).ok).toBe(false);
});

it.each([[''], ['{}\n'], ['not json\n'], ['\n\n'], [`{"sha256":"${sha256Hex('\n')}"}\n`]])(
  'what is no such file is not verified: %j',
  (text) => {
    expect(verdictOnFile(text).text).toMatch(/NOT VERIFIED: the file is not sound/);
    expect(byPython(text).ok).toBe(false);
  },
);
