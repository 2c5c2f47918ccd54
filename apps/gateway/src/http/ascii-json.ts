/** JSON in ASCII: as long in bytes as in characters, so that it leaves in one piece with the headers. */
export function asciiJson(value: object): string {
  const escape = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replaceAll(/[^\0-\x7f]/g, escape);
}
