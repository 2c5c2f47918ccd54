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
  throw new OutcomeError('INVALID_REQUEST', `${named}: ${issue?.message ?? 'is wrong'}`, { field: named });
}
