import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../../..');
const LINK = /\]\((?!https?:|#)([^)#\s]+)/g;
const SCRIPT = /\bnpm (?:run (?!-)([\w:-]+)|(test|start)\b)/g;

const isPage = (file: string): boolean => file.endsWith('.md');
const files = [
  ...readdirSync(ROOT).filter(isPage),
  ...['docs', 'deploy', 'k8s'].flatMap((folder) =>
    readdirSync(resolve(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter(isPage)
      .map((file) => join(folder, file)),
  ),
];
const pages = files.map((file) => ({ file, text: readFileSync(resolve(ROOT, file), 'utf8') }));

const { scripts } = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: Record<string, string>;
};

describe.each(pages)('$file', ({ file, text }) => {
  it('links to what is there', () => {
    const targets = [...text.matchAll(LINK)].map(([, target]) => target ?? '');
    expect(targets.filter((target) => !existsSync(resolve(ROOT, dirname(file), target)))).toEqual([]);
  });

  it('names npm scripts that there are', () => {
    const named = [...text.matchAll(SCRIPT)].map(([, script, short]) => script ?? short ?? '');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
