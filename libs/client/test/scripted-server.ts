import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Outcome, OUTCOMES } from '@floodgate/kernel';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
}

export type Answer = (response: ServerResponse) => void;

/** An answer of the platform's. */
export const outcome =
  (name: Outcome, more: object = {}, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(OUTCOMES[name].httpStatus, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ outcome: name, ...more }));
  };

export const granted = (grabId: string): Answer =>
  outcome('GRANTED', { unitNo: 3, amountFen: 250, grabId, settlement: 'PAYOUT' });

/** What stands between a client and the platform. */
export const raw =
  (status: number, text: string): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'text/html' });
    response.end(text);
  };

/** The request arrives, its answer does not. */
export const lost: Answer = (response) => response.socket?.destroy();

/** Half an answer, then the connection breaks. */
export const torn: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"outcome":"GRA');
  setImmediate(() => response.socket?.destroy());
};

/** A small HTTP server that answers each kind of request by a script; the script's last answer is given again and again. */
export class ScriptedServer {
  readonly seen: Seen[] = [];
  private readonly scripts = new Map<string, Answer[]>();
  private readonly server: Server = createServer((request, response) => void this.serve(request, response));

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  reset(): void {
    this.seen.length = 0;
    this.scripts.clear();
  }

  /** For requests of this method whose path ends so. */
  on(method: string, pathEnd: string, ...answers: Answer[]): void {
    this.scripts.set(`${method} ${pathEnd}`, answers);
  }

  /** How many requests of this method came, the policy's aside. */
  count(method: string): number {
    return this.seen.filter((seen) => seen.method === method && !seen.path.startsWith('/policy')).length;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { method = '', url: path = '', headers } = request;
    this.seen.push({ method, path, body: text === '' ? undefined : JSON.parse(text), headers });
    const key = [...this.scripts.keys()].find(
      (one) => `${method} ${path.split('?')[0]}`.endsWith(one.split(' ')[1] ?? '') && one.startsWith(method),
    );
    const script = key === undefined ? undefined : this.scripts.get(key);
    const answer = script !== undefined && script.length > 1 ? script.shift() : script?.[0];
    (answer ?? outcome('NO_SUCH_CAMPAIGN'))(response);
  }
}
