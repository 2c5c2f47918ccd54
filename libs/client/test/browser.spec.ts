import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';

const ROOT = join(__dirname, '../../..');
const SOURCES = join(__dirname, '../src');

/** With a browser's types and no others: what only Node has does not exist. */
function compile(extra: ts.CompilerOptions, source?: string): readonly string[] {
  const read = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), (file) => ts.sys.readFile(file));
  const base = ts.parseJsonConfigFileContent(read.config, ts.sys, ROOT).options;
  const options = { ...base, lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'], types: [], noEmit: true, ...extra };
  const host = ts.createCompilerHost(options);
  const added = join(SOURCES, 'added-by-this-test.ts');
  const readSource = host.getSourceFile.bind(host);
  host.getSourceFile = (file, ...more) =>
    file === added ? ts.createSourceFile(file, source ?? '', more[0]) : readSource(file, ...more);
  const files = [join(SOURCES, 'index.ts'), ...(source === undefined ? [] : [added])];
  const program = ts.createProgram(files, options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('the client in a browser', () => {
  it("needs nothing but a browser's types, in all that it is made of", () => {
    expect(compile({})).toEqual([]);
    // The test would notice.
    expect(compile({}, "import { hostname } from 'node:os';\nexport const name = hostname();")).not.toEqual([]);
    expect(compile({}, 'export const bytes = Buffer.from("");')).not.toEqual([]);
  });

  it('imports no package and no module of Node', () => {
    const specifiers = readdirSync(SOURCES).flatMap((file) =>
      ts.preProcessFile(readFileSync(join(SOURCES, file), 'utf8')).importedFiles.map(({ fileName }) => fileName),
    );
    const elsewhere = specifiers.filter((name) => !name.startsWith('./'));
    expect(elsewhere.filter((name) => !/^@floodgate\/(kernel|domain\/)/.test(name))).toEqual([]);
  });
});
