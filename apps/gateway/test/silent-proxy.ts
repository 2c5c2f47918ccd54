import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type AddressInfo } from 'node:net';

/**
 * Passes bytes on to a port, until it falls silent: then connections stay open and are even accepted, and nothing comes back,
 * as with a process that is stopped by a signal.
 */
export class SilentProxy {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private silent = false;

  private constructor(private readonly server: Server) {}

  static async start(targetPort: () => number): Promise<SilentProxy> {
    const server = createServer();
    const proxy = new SilentProxy(server);
    server.on('connection', (near) => proxy.join(near, connect(targetPort(), '127.0.0.1')));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Nothing gets through in either direction. */
  stop(): void {
    this.silent = true;
    for (const pair of this.pairs) for (const socket of pair) socket.pause();
  }

  /** All that was held up gets through. */
  go(): void {
    this.silent = false;
    for (const pair of this.pairs) for (const socket of pair) socket.resume();
  }

  close(): void {
    this.server.close();
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }

  private join(near: Socket, far: Socket): void {
    const pair = [near, far] as const;
    this.pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('data', (bytes) => to.write(bytes));
      // Either end takes the other with it, whether it ended or broke.
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        this.pairs.delete(pair);
      });
      if (this.silent) from.pause();
    }
  }
}
