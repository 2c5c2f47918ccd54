import { type AnswerBody } from './options';

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/** Longer than any event of the platform: what claims to be one is not read into memory. */
const EVENT_LENGTH_MAX = 1_000_000;

/** Reads server-sent events (HTML standard, 9.2) from an answer as it arrives. Rejects when the connection breaks or an event has no end. */
export class EventReader {
  private readonly reader: ReturnType<AnswerBody['getReader']>;
  private readonly decoder = new TextDecoder();
  private text = '';

  constructor(body: AnswerBody) {
    this.reader = body.getReader();
  }

  /** What came since the last time, a heartbeat being no event; undefined at the end. */
  async read(): Promise<readonly ServerEvent[] | undefined> {
    const { done, value } = await this.reader.read();
    if (done) return undefined;
    this.text += this.decoder.decode(value, { stream: true });
    const blocks = this.text.split('\n\n');
    this.text = blocks.pop() ?? '';
    if (this.text.length > EVENT_LENGTH_MAX) throw new RangeError('an event has no end');
    return blocks.flatMap((block) => toEvent(block) ?? []);
  }

  /** Closes the connection. Never rejects: it may be closed already. */
  async cancel(): Promise<void> {
    await this.reader.cancel().catch(() => undefined);
  }
}

function toEvent(block: string): ServerEvent | undefined {
  const fields = block.split('\n').map((line) => /^(event|data): ?(.*)$/.exec(line));
  const valuesOf = (name: string) => fields.flatMap((field) => (field?.[1] === name ? [field[2] ?? ''] : []));
  const data = valuesOf('data');
  return data.length === 0 ? undefined : { event: valuesOf('event').at(-1) ?? 'message', data: data.join('\n') };
}
