import { OutcomeError } from '@floodgate/kernel';
import { type z } from 'zod';

/** Checks what came from outside. Throws INVALID_REQUEST naming the first field that is wrong. */
export function validate<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  const field = issue?.code === 'unrecognized_keys' ? [path, issue.keys[0]].filter(Boolean).join('.') : path;
  const named = field || 'body';
  const isMissing = path !== '' && issue !== undefined && valueAt(input, issue.path) === undefined;
  throw new OutcomeError('INVALID_REQUEST', `${named}: ${isMissing ? 'is missing' : whyWrong(issue)}`, {
    field: named,
  });
}

/** Of what zod calls by the names of TypeScript. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};

function whyWrong(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'invalid_type') return `must be ${TYPES[issue.expected] ?? issue.expected}`;
  return issue?.code === 'invalid_union' ? 'is none of the values that are allowed' : (issue?.message ?? 'is wrong');
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], input);
}
