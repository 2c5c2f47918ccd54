import { type Log } from '@floodgate/adapters/kafka';
import { type FromReceiver } from './plan-receiver-messages';

/** A log whose lines its process writes, since a thread has none. */
export function logThrough(tell: (message: FromReceiver) => void): Log {
  const at = (level: 'info' | 'warn' | 'error') => (fields: object, message: string) =>
    tell({ kind: 'log', level, fields: plain(fields), message });
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** Errors of libraries carry what cannot be sent; their own text can. */
function plain(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, name === 'err' ? errorOf(value) : (value as unknown)]),
  );
}

function errorOf(value: unknown): { readonly message: string; readonly stack?: string } {
  if (!(value instanceof Error)) return { message: String(value) };
  const { message, stack } = value;
  return { message, ...(stack !== undefined && { stack }) };
}
