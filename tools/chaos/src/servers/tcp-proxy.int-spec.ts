import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { TcpProxy } from './tcp-proxy';

/** A server that answers each message with its name and the message. */
async function echo(name: string): Promise<{ server: Server; port: number; heard: string[] }> {
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      heard.push(bytes.toString());
      socket.write(`${name}:${bytes.toString()}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port, heard };
}

async function ask(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString();
}

describe('TcpProxy', () => {
  let one: Awaited<ReturnType<typeof echo>>;
  let other: Awaited<ReturnType<typeof echo>>;
  let proxy: TcpProxy;

  beforeEach(async () => {
    [one, other] = await Promise.all([echo('one'), echo('other')]);
    proxy = await TcpProxy.listen(0, one.port);
  });
  afterEach(async () => {
    await proxy.close();
    one.server.close();
    other.server.close();
  });

  it('hands on what either side says', async () => {
    const socket = connect(proxy.port, '127.0.0.1');
    expect(await ask(socket, 'a')).toBe('one:a');
    socket.destroy();
  });

  it('loses a reply after the request took effect, and cuts the connection', async () => {
    const socket = connect(proxy.port, '127.0.0.1');
    expect(await ask(socket, 'a')).toBe('one:a');
    const received: string[] = [];
    socket.on('data', (bytes) => received.push(bytes.toString()));
    proxy.lose({ share: 0.5, holdMs: 10, random: () => 0.4 });
    socket.write('b');
    await once(socket, 'close');
    expect([received, one.heard, proxy.repliesLost]).toEqual([[], ['a', 'b'], 1]);
  });

  it('leads new connections elsewhere and leaves those there are', async () => {
    const before = connect(proxy.port, '127.0.0.1');
    expect(await ask(before, 'a')).toBe('one:a');
    proxy.retarget(other.port);
    const after = connect(proxy.port, '127.0.0.1');
    expect(await ask(after, 'b')).toBe('other:b');
    expect(await ask(before, 'c')).toBe('one:c');
    before.destroy();
    after.destroy();
  });
});
