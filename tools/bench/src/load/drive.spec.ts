import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { driveAtFullSpeed, driveAtRate } from './drive';
import { HttpConnection } from './http-connection';

describe('driving requests', () => {
  let server: Server;
  let port: number;
  let paths: string[];
  let connections: HttpConnection[];

  beforeEach(async () => {
    paths = [];
    server = createServer((request, response) => {
      paths.push(request.url ?? '');
      if (request.url === '/3') request.socket.destroy();
      else response.setHeader('content-length', 2).end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
    connections = Array.from({ length: 4 }, () => new HttpConnection(port));
    await Promise.all(connections.map((connection) => connection.open()));
  });

  afterEach(async () => {
    for (const connection of connections) connection.close();
    await new Promise((resolve) => server.close(resolve));
  });

  const run = async (drive: typeof driveAtFullSpeed) => {
    const answers = new Map<number, number | undefined>();
    await drive({
      connections,
      requests: 50,
      requestAt: (index) => `GET /${index} HTTP/1.1\r\nhost: bench\r\n\r\n`,
      onAnswer: (index, response, latencyMs) => {
        expect(answers.has(index)).toBe(false);
        expect(latencyMs).toBeGreaterThanOrEqual(0);
        answers.set(index, response?.status);
      },
    });
    return answers;
  };

  it.each([
    ['at full speed', driveAtFullSpeed],
    ['at a rate', (drive: Parameters<typeof driveAtRate>[0]) => driveAtRate(drive, 1_000)],
  ] as const)('%s sends each request once, counts a broken one as such and goes on', async (_, drive) => {
    const answers = await run(drive);
    expect(answers.size).toBe(50);
    expect([...answers].filter(([, status]) => status !== 200)).toEqual([[3, undefined]]);
    expect(new Set(paths).size).toBe(50);
    expect(paths).toHaveLength(50);
  });
});
