import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Linux gives none of these to whoever asks for just some port, as clients and most servers do. */
const FIRST = 61_000;
const LAST = 65_535;

let next = FIRST;

/**
 * A TCP port that nobody listens on, and that is given to nobody else while this process lives: not to another suite, and not to this one's next question. So
 * there is time until somebody listens on it, and who is killed finds it free when it starts again.
 */
export async function freePort(): Promise<number> {
  while (next <= LAST) {
    const port = next++;
    if ((await claim(port)) && (await isUnused(port))) return port;
  }
  throw new RangeError('tests hold all the ports that there are for them');
}

/** Whose a port is, among all processes of this machine: it has UDP's port of the same number, and holds it until it ends. */
function claim(port: number): Promise<boolean> {
  const socket = createSocket('udp4').unref();
  return new Promise((resolve) => {
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind(port, '127.0.0.1', () => resolve(true));
  });
}

async function isUnused(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
