import * as ts from 'typescript';

/** describe(...), it.each(cases)(...) and the like: what it is, where a call is one. */
function kindOf(callee: ts.Expression): string | undefined {
  if (ts.isIdentifier(callee)) return callee.text;
  if (ts.isPropertyAccessExpression(callee) || ts.isCallExpression(callee)) return kindOf(callee.expression);
  return undefined;
}

function titleOf(node: ts.Expression | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (ts.isStringLiteralLike(node)) return node.text;
  return ts.isTemplateExpression(node) ? node.getText().slice(1, -1) : undefined;
}

/** The names of all tests of a file: the titles of the describes around each and its own, as they stand there. */
export function testNames(source: string): readonly (readonly string[])[] {
  const names: string[][] = [];
  const visit = (node: ts.Node, around: readonly string[]): void => {
    const kind = ts.isCallExpression(node) ? kindOf(node.expression) : undefined;
    const title = ts.isCallExpression(node) ? titleOf(node.arguments[0]) : undefined;
    const inside = title !== undefined && (kind === 'describe' || kind === 'it') ? [...around, title] : around;
    if (kind === 'it' && inside !== around) names.push([...inside]);
    ts.forEachChild(node, (child) => visit(child, inside));
  };
  visit(ts.createSourceFile('it.ts', source, ts.ScriptTarget.Latest, true), []);
  return names;
}
