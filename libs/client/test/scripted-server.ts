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

/**
 * A small HTTP server that answers each kind of request by a script; the script's last answer is given again and again. Started for each test anew, on another
 * port: what an earlier test has sent and given up does not come here.
 */
export class ScriptedServer {
  seen: Seen[] = [];
  private scripts = new Map<string, Answer[]>();
  private server: Server | undefined;

  async start(): Promise<void> {
    const seen = (this.seen = []);
    const scripts = (this.scripts = new Map<string, Answer[]>());
    const server = createServer((request, response) => void serve(request, response, seen, scripts));
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server?.address() as AddressInfo).port}`;
  }

  /** For requests of this method whose path ends so. */
  on(method: string, pathEnd: string, ...answers: Answer[]): void {
    this.scripts.set(`${method} ${pathEnd}`, answers);
  }

  /** How many requests of this method came, the policy's aside. */
  count(method: string): number {
    return this.seen.filter((seen) => seen.method === method && !seen.path.startsWith('/policy')).length;
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  seen: Seen[],
  scripts: ReadonlyMap<string, Answer[]>,
): Promise<void> {
  const text = await bodyOf(request);
  if (text === undefined) return;
  const { method = '', url: path = '', headers } = request;
  seen.push({ method, path, body: text === '' ? undefined : JSON.parse(text), headers });
  const key = [...scripts.keys()].find(
    (one) => `${method} ${path.split('?')[0]}`.endsWith(one.split(' ')[1] ?? '') && one.startsWith(method),
  );
  const script = key === undefined ? undefined : scripts.get(key);
  const answer = script !== undefined && script.length > 1 ? script.shift() : script?.[0];
  (answer ?? outcome('NO_SUCH_CAMPAIGN'))(response);
}

/** Undefined when the client has gone before it had sent the whole of it. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  let text = '';
  try {
    for await (const chunk of request) text += String(chunk);
  } catch (error) {
    if (request.destroyed) return undefined;
    throw error;
  }
  return text;
}
