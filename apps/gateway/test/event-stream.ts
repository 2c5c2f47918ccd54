import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { until } from '@floodgate/testing';

export interface Heard {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A reader of GET /events over a connection of its own. */
export class EventStream {
  status = 0;
  ended = false;
  heartbeats = 0;
  readonly heard: Heard[] = [];
  private text = '';
  private readonly request: ClientRequest;
  private response: IncomingMessage | undefined;

  constructor(url: string, headers: Record<string, string>) {
    this.request = get(url, { headers, agent: false }, (response) => {
      this.response = response;
      this.status = response.statusCode ?? 0;
      response.setEncoding('utf8');
      response.on('data', (part: string) => this.take(part));
      for (const end of ['end', 'close', 'error']) response.on(end, () => (this.ended = true));
    });
    this.request.on('error', () => (this.ended = true));
  }

  get headers(): IncomingMessage['headers'] {
    return this.response?.headers ?? {};
  }

  /** The body of a refusal. */
  async refusal(): Promise<Readonly<Record<string, unknown>>> {
    await until('the answer has ended', () => this.ended);
    return JSON.parse(this.text) as Record<string, unknown>;
  }

  /** Until so many events of this kind have come; the last of them. */
  async next(event: string, count = 1): Promise<Heard['data']> {
    const some = () => this.heard.filter((heard) => heard.event === event);
    await until(`${event} has come`, () => some().length >= count);
    return some()[count - 1]?.data ?? {};
  }

  /** Reads no more, and lets what comes lie in the connection. */
  pause(): void {
    this.response?.pause();
  }

  close(): void {
    this.request.destroy();
  }

  private take(part: string): void {
    const blocks = (this.text + part).split('\n\n');
    this.text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, event = '', data = '{}'] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      if (event === '') this.heartbeats += 1;
      else this.heard.push({ event, data: JSON.parse(data) as Heard['data'] });
    }
  }
}
