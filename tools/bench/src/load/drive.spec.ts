import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { drive, type Drive } from './drive';
import { HttpConnection } from './http-connection';

describe('driving requests', () => {
  let server: Server;
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
    const { port } = server.address() as AddressInfo;
    connections = Array.from({ length: 4 }, () => new HttpConnection(port));
    await Promise.all(connections.map((connection) => connection.open()));
  });

  afterEach(async () => {
    for (const connection of connections) connection.close();
    await new Promise((resolve) => server.close(resolve));
  });

  const job = (onAnswer: Drive['onAnswer']): Drive => ({
    connections,
    requests: 50,
    requestAt: (index) => `GET /${index} HTTP/1.1\r\nhost: bench\r\n\r\n`,
    onAnswer,
  });

  it.each([
    ['at full speed', {}],
    ['at a rate', { perSecond: 1_000 }],
  ])('%s sends each request once, counts a broken one as such and goes on', async (_, speed) => {
    const answers = new Map<number, number | undefined>();
    await drive({
      ...job((index, response, latencyMs) => {
        expect(answers.has(index)).toBe(false);
        expect(latencyMs).toBeGreaterThanOrEqual(0);
        answers.set(index, response?.status);
        return undefined;
      }),
      ...speed,
    });
    expect(answers.size).toBe(50);
    expect([...answers].filter(([, status]) => status !== 200)).toEqual([[3, undefined]]);
    expect(new Set(paths).size).toBe(50);
    expect(paths).toHaveLength(50);
  });

  it('sends again what is to be asked again, also after everything else was answered', async () => {
    const answers: number[] = [];
    await drive(
      job((index) => {
        answers.push(index);
        return index === 49 && answers.filter((answer) => answer === 49).length < 3 ? 5 : undefined;
      }),
    );
    expect(answers).toHaveLength(52);
    expect(answers.slice(-2)).toEqual([49, 49]);
  });

  it.each([
    ['at full speed', {}],
    ['at a rate', { perSecond: 1_000 }],
  ])('%s sends nothing that is kept back, and ends all the same', async (_, speed) => {
    const answered: number[] = [];
    await drive({
      ...job((index) => {
        answered.push(index);
        return undefined;
      }),
      ...speed,
      keepsBack: (index) => index % 5 !== 0,
    });
    expect(answered.sort((a, b) => a - b)).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45]);
    expect(paths).toHaveLength(10);
  });
});
