import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';

const VARIABLE = /^[A-Z][A-Z0-9_]+$/;

/**
 * What the source says about environment variables: the doc comment above `NAME: ...` in a config.ts, else the one above the
 * shape that it is made of (`HTTP_PORT: port`).
 */
export function variableComments(files: readonly string[]): Map<string, string> {
  const sources = files.map((file) =>
    ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true),
  );
  const shapes = new Map<string, string>();
  for (const source of sources) collectShapes(source, shapes);
  const comments = new Map<string, string>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && VARIABLE.test(node.name.getText())) {
      const said = commentOf(node) ?? shapes.get(rootOf(node.initializer));
      if (said !== undefined) comments.set(node.name.getText(), said);
    }
    ts.forEachChild(node, visit);
  };
  for (const source of sources) visit(source);
  return comments;
}

/** Files that may say something about an app's variables: the kit's, then its own, which win. */
export function configSources(root: string, app: string): string[] {
  const kit = join(root, 'libs/nest-kit/src');
  const kitFiles = readdirSync(kit).filter((file) => file.endsWith('.ts') && !file.endsWith('spec.ts'));
  return [...kitFiles.sort().map((file) => join(kit, file)), join(root, 'apps', app, 'src/config.ts')];
}

function collectShapes(source: ts.SourceFile, shapes: Map<string, string>): void {
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const said = commentOf(statement);
    for (const { name } of statement.declarationList.declarations) {
      if (said !== undefined) shapes.set(name.getText(), said);
    }
  }
}

/** `durationMs` of `durationMs.default(5_000).optional()`. */
function rootOf(expression: ts.Expression): string {
  if (ts.isCallExpression(expression) || ts.isPropertyAccessExpression(expression))
    return rootOf(expression.expression);
  return expression.getText();
}

function commentOf(node: ts.Node): string | undefined {
  const said = ts
    .getJSDocCommentsAndTags(node)
    .map((doc) => (ts.isJSDoc(doc) ? ts.getTextOfJSDocComment(doc.comment) : undefined))
    .find((text) => text !== undefined);
  return said?.replaceAll(/\s+/g, ' ');
}
