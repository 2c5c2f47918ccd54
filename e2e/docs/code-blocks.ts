import { readFileSync } from 'node:fs';

export interface CodeBlock {
  readonly file: string;
  /** Where it begins in the file, for people. */
  readonly lineNo: number;
  /** Whether its last command must fail. */
  readonly isRefused: boolean;
  readonly script: string;
}

const MARKED = /^<!-- test(?<refused>: refused)? -->\n+```bash\n(?<script>[^]*?)^```$/gm;

/** The blocks of a Markdown page that are marked to be run: `<!-- test -->`, or `<!-- test: refused -->`. */
export function markedBlocks(file: string): CodeBlock[] {
  const text = readFileSync(file, 'utf8');
  const blocks = [...text.matchAll(MARKED)].map((match) => ({
    file,
    lineNo: text.slice(0, match.index).split('\n').length,
    isRefused: match.groups?.refused !== undefined,
    script: match.groups?.script ?? '',
  }));
  const marks = text.match(/<!-- test/g)?.length ?? 0;
  if (marks !== blocks.length)
    throw new Error(`${file}: ${marks} marks, and ${blocks.length} blocks of bash under them`);
  return blocks;
}
