import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** From now on the server's replies are swallowed; requests still arrive. */
  isDeaf: boolean;
}

/** How replies are lost: what the server sends is dropped with this chance, and the connection cut after holdMs. */
export interface Loss {
  readonly share: number;
  readonly holdMs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * A TCP proxy in front of one server that can lose replies, cut connections, and lead new ones elsewhere. A reply is only ever
 * lost together with all that follows it on its connection, as on a real network.
 */
export class TcpProxy {
  private readonly pairs = new Set<Pair>();
  private readonly listener: Server;
  private loss: Loss | undefined;
  /** Replies that were swallowed since the start. */
  repliesLost = 0;

  private constructor(private targetPort: number) {
    this.listener = createServer((client) => this.accept(client));
  }

  static async listen(port: number, targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    proxy.listener.listen(port, '127.0.0.1');
    await once(proxy.listener, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.listener.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    return address.port;
  }

  get target(): number {
    return this.targetPort;
  }

  /** New connections go to `port`; those there are stay where they are. */
  retarget(port: number): void {
    this.targetPort = port;
  }

  /** Undefined: every reply arrives again. */
  lose(loss: Loss | undefined): void {
    this.loss = loss;
  }

  cutAll(): void {
    for (const pair of [...this.pairs]) this.cut(pair);
  }

  async close(): Promise<void> {
    this.cutAll();
    this.listener.close();
    await once(this.listener, 'close');
  }

  private accept(client: Socket): void {
    const server = connect(this.targetPort, '127.0.0.1');
    const pair: Pair = { client, server, isDeaf: false };
    this.pairs.add(pair);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      // Either end's trouble, a refused connection included, is the other's.
      socket.on('error', () => this.cut(pair));
      socket.on('close', () => this.cut(pair));
    }
    client.on('data', (bytes) => forward(bytes, client, server));
    server.on('data', (bytes) => this.reply(bytes, pair));
  }

  private reply(bytes: Buffer, pair: Pair): void {
    const { loss } = this;
    if (!pair.isDeaf && loss !== undefined && loss.random() < loss.share) {
      pair.isDeaf = true;
      setTimeout(() => this.cut(pair), loss.holdMs);
    }
    if (pair.isDeaf) this.repliesLost++;
    else forward(bytes, pair.server, pair.client);
  }

  private cut(pair: Pair): void {
    if (!this.pairs.delete(pair)) return;
    pair.client.destroy();
    pair.server.destroy();
  }
}

/** Writes on, and lets the sender wait while the receiver does not keep up. */
function forward(bytes: Buffer, from: Socket, to: Socket): void {
  if (to.destroyed || to.write(bytes)) return;
  from.pause();
  to.once('drain', () => from.resume());
}
