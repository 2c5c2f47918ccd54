import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CODE } from './paths';

/** The apps, by the names of their folders. */
export function appsOf(root: string): string[] {
  return readdirSync(join(root, 'apps')).sort();
}

/** The zod schema that an app's config.ts exports as `configSchema`. Throws when there is none. */
export async function configSchemaOf(app: string): Promise<z.ZodType> {
  const { configSchema } = (await import(join(CODE, 'apps', app, 'src/config'))) as Record<string, unknown>;
  if (!(configSchema instanceof z.ZodType)) throw new Error(`apps/${app}/src/config.ts exports no configSchema`);
  return configSchema;
}

/** One environment variable, as JSON schema tells of it. */
export interface Variable {
  readonly name: string;
  readonly isRequired: boolean;
  readonly defaultValue: string | undefined;
  /** What may stand there, in words. */
  readonly values: string;
}

interface PropertySchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly default?: string | number | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly format?: string;
  readonly pattern?: string;
}

/** The environment variables that a schema takes, in its order. */
export function variablesOf(schema: z.ZodType): Variable[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const required = new Set(json.required ?? []);
  return Object.entries(json.properties ?? {}).map(([name, property]) => {
    const known = property as PropertySchema;
    return {
      name,
      isRequired: required.has(name),
      defaultValue: known.default === undefined ? undefined : String(known.default),
      values: valuesOf(known),
    };
  });
}

function valuesOf(property: PropertySchema): string {
  if (property.enum !== undefined) return `one of ${property.enum.join(', ')}`;
  if (property.type === 'integer' || property.type === 'number') {
    return `${property.type === 'integer' ? 'whole number' : 'number'}${rangeOf(property)}`;
  }
  if (property.format === 'uri') return 'URL';
  const length = property.minLength ?? 0;
  return length > 1 ? `text of at least ${length} characters` : 'text';
}

function rangeOf({ minimum, maximum }: PropertySchema): string {
  const from = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const to = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (from === undefined && to === undefined) return '';
  if (to === undefined) return ` from ${from}`;
  return from === undefined ? ` up to ${to}` : `, ${from} to ${to}`;
}
