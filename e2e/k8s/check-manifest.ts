import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Manifest, ROOT } from './manifest';

interface Model {
  readonly prototype: { validate(this: object): void };
}

/**
 * What is wrong with a manifest by the schemas of Kubernetes; nothing is an empty list. The schemas' compiled validators let
 * unknown fields pass; but they look at every field that they know, so a field that was never looked at is an unknown one.
 */
export function checkManifest(manifest: Manifest): string[] {
  const { apiVersion, kind } = manifest;
  const folder = join(ROOT, 'node_modules/kubernetes-models', apiVersion);
  if (!existsSync(join(folder, `${kind}.js`))) return [`there is no ${apiVersion} ${kind}`];
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- which model is needed is known at run time only
  const model = (require(join(folder, kind)) as Record<string, Model>)[kind];
  if (model === undefined) return [`there is no ${apiVersion} ${kind}`];
  const looked = new Set<string>();
  try {
    model.prototype.validate.call(watched(manifest, '', looked));
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  return pathsOf(manifest, '')
    .filter((path) => !looked.has(path))
    .map((path) => `unknown field ${path}`);
}

/** The same object, noting the path of every field that is read from it. */
function watched<T extends object>(value: T, path: string, looked: Set<string>): T {
  return new Proxy(value, {
    get(target, key, receiver): unknown {
      const field: unknown = Reflect.get(target, key, receiver);
      if (typeof key !== 'string' || typeof field === 'function') return field;
      const fieldPath = `${path}.${key}`;
      looked.add(fieldPath);
      return typeof field === 'object' && field !== null ? watched(field, fieldPath, looked) : field;
    },
  });
}

function pathsOf(value: object, path: string): string[] {
  return Object.entries(value).flatMap(([key, field]: [string, unknown]) => {
    const fieldPath = `${path}.${key}`;
    return typeof field === 'object' && field !== null ? [fieldPath, ...pathsOf(field, fieldPath)] : [fieldPath];
  });
}
