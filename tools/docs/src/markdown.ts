/** A Markdown table; cells may hold anything but line breaks. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** Inline code. */
export function code(text: string): string {
  return `\`${text}\``;
}

/** Parts of a page with an empty line between them, ending in one line break. */
export function page(...parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}

/** Says on a generated page where it comes from. */
export const GENERATED = '<!-- Generated from the code by `npm run docs`; a test holds it against the code. -->';
