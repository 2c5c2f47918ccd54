/** Is it an error of Node's own with one of these codes, such as ENOENT? Not by class: under jest that is another one. */
export function isNodeError(error: unknown, ...codes: string[]): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return typeof error.code === 'string' && codes.includes(error.code);
}
