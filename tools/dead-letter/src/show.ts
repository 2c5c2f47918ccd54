import { type Fate, type Letter } from './letters';

/** A line a letter. */
export function letterTable(letters: readonly Letter[]): string {
  const rows = letters.map(({ id, topic, setAsideAtMs, timesSetAside, isTaken, error }) => [
    id,
    topic,
    new Date(setAsideAtMs).toISOString(),
    isTaken ? 'taken since' : timesSetAside > 1 ? `set aside ${timesSetAside} times` : 'set aside',
    error,
  ]);
  const header = ['id', 'topic', 'set aside at', 'state', 'error'];
  const widths = header.map((name, column) =>
    Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0), name.length),
  );
  return [header, ...rows]
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** All there is to know of a letter. The value is shown as JSON where it is JSON, and as it is otherwise. */
export function letterPage(letter: Letter): string {
  const { id, topic, partition, offset, consumer, error, message, setAsideAtMs, timesSetAside, isTaken } = letter;
  return [
    `id         ${id}`,
    `consumer   ${consumer}`,
    `stood at   ${topic}, partition ${partition}, offset ${offset}`,
    `set aside  ${timesSetAside} times, last at ${new Date(setAsideAtMs).toISOString()}`,
    `state      ${isTaken ? 'came back and was taken' : 'waits'}`,
    `error      ${error}`,
    `key        ${message.key?.toString() ?? ''}`,
    '',
    pretty(message.value?.toString() ?? ''),
  ].join('\n');
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const FATES: Readonly<Record<Fate, string>> = {
  taken: 'taken',
  'set-aside-again': 'set aside again: its cause is not mended',
  waiting: 'not taken yet: it waits for its consumer, which may not be running',
};

export function fateLines(fates: ReadonlyMap<Letter, Fate>): string {
  return [...fates].map(([{ id }, fate]) => `${id}  ${FATES[fate]}`).join('\n');
}
