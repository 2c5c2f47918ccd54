/** What TLA+ has of values, as far as the model shows them. Sequences and sets are both arrays. */
export type TlaValue = number | boolean | string | readonly TlaValue[] | { readonly [field: string]: TlaValue };

/** TLA+ text of a value: an array as a sequence, an object as a record, a Set as a set. */
export function toTla(value: TlaValue | ReadonlySet<TlaValue>): string {
  if (typeof value === 'string') return `"${escaped(value)}"`;
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (typeof value === 'number') return String(value);
  if (value instanceof Set) return `{${[...(value as ReadonlySet<TlaValue>)].map(toTla).join(', ')}}`;
  if (isSequence(value)) return `<<${value.map(toTla).join(', ')}>>`;
  return `[${Object.entries(value)
    .map(([field, part]) => `${field} |-> ${toTla(part as TlaValue)}`)
    .join(', ')}]`;
}

const isSequence = (value: unknown): value is readonly TlaValue[] => Array.isArray(value);

// A string of TLA+ is ASCII. The per cent sign is escaped too, so that different texts stay different, and the bar, which parts what TLC prints.
const escaped = (text: string) =>
  text.replace(/[^ -~]|["\\%|]/g, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const TOKEN = /\s*(<<|>>|\|->|\.\.|[[\]{},]|"[^"]*"|-?\d+|\w+)/y;

/** Reads a value as TLC prints it. Throws RangeError at a function or a text that is none. */
export function parseTla(text: string): TlaValue {
  const tokens = tokensOf(text);
  const value = parseValue(tokens);
  if (tokens.length > 0) throw new RangeError(`no TLA+ value: ${text}`);
  return value;
}

/** In reverse, so that the next one is popped. */
function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const end = text.trimEnd().length;
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < end;) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) throw new RangeError(`no TLA+ value at ${at}: ${text}`);
    tokens.push(token);
  }
  return tokens.reverse();
}

function parseValue(tokens: string[]): TlaValue {
  const token = tokens.pop() ?? '';
  switch (token) {
    case '<<':
      return parseList(tokens, '>>');
    case '{':
      return parseList(tokens, '}');
    case '[':
      return parseRecord(tokens);
    case 'TRUE':
    case 'FALSE':
      return token === 'TRUE';
  }
  if (token.startsWith('"')) return token.slice(1, -1);
  if (!/^-?\d+$/.test(token)) throw new RangeError(`"${token}" begins no TLA+ value`);
  const from = Number(token);
  if (tokens.at(-1) !== '..') return from;
  tokens.pop();
  const to = parseValue(tokens);
  if (typeof to !== 'number') throw new RangeError('an interval without an end');
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

function parseList(tokens: string[], end: string): TlaValue[] {
  const values: TlaValue[] = [];
  while (tokens.at(-1) !== end) {
    if (tokens.length === 0) throw new RangeError(`${end} is missing`);
    values.push(parseValue(tokens));
    if (tokens.at(-1) === ',') tokens.pop();
  }
  tokens.pop();
  return values;
}

function parseRecord(tokens: string[]): TlaValue {
  const record: Record<string, TlaValue> = {};
  while (tokens.at(-1) !== ']') {
    const field = tokens.pop();
    if (field === undefined || tokens.pop() !== '|->') throw new RangeError('a record without "|->"');
    record[field] = parseValue(tokens);
    if (tokens.at(-1) === ',') tokens.pop();
  }
  tokens.pop();
  return record;
}
