import { type AddressInfo } from 'node:net';
import { type FastifyInstance } from 'fastify';
import { type LimitStarted, type StartLimit } from './messages';

/** Serves what `make` makes of the first message on a free port, and says which. Ends when the bench does. */
export function serveLimit(make: (start: StartLimit) => FastifyInstance): void {
  process.once('message', (start: StartLimit) => {
    const server = make(start);
    server.listen({ host: '127.0.0.1', port: 0 }, (error) => {
      if (error) throw error;
      const { port } = server.server.address() as AddressInfo;
      process.send?.({ port } satisfies LimitStarted);
    });
  });
  process.on('disconnect', () => process.exit());
}
