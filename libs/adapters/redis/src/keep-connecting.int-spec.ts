import { MemoryLog, startRedis, until } from '@floodgate/testing';
import { keepConnecting, waitAMoment } from './keep-connecting';
import { createRedis } from './redis';

/** So long that only an answer that never comes meets it, however slow the machine. */
const PATIENCE = { commandTimeout: 30_000 };
/** No server of anybody's gets this port, as it may any that is free. */
const NOBODY = 'redis://127.0.0.1:1';

describe('a client that its process can do without', () => {
  it('says once that the server is away, again when it goes away again, and finds it each time', async () => {
    const server = await startRedis();
    const log = new MemoryLog();
    const redis = createRedis(server.url, PATIENCE);
    let failures = 0;
    redis.on('error', () => failures++);
    await keepConnecting(redis, log, 'gone');
    expect([redis.status, log.lines]).toEqual(['ready', []]);
    for (const times of [1, 2]) {
      failures = 0;
      await server.kill();
      await until('several attempts to find it', () => failures > 2);
      expect(log.lines.map(({ message }) => message)).toEqual(Array<string>(times).fill('gone'));
      await server.start();
      await until('the connection', () => redis.status === 'ready');
    }
    redis.disconnect();
    await server.stop();
  });

  it.each(['one server', 'a cluster'])('is no failure while the server has never been there: %s', async (kind) => {
    const log = new MemoryLog();
    const redis = createRedis(kind === 'a cluster' ? `${NOBODY},${NOBODY}` : NOBODY);
    await keepConnecting(redis, log, 'gone');
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'gone' }]);
    redis.disconnect();
  });
});

describe('waiting a moment', () => {
  it('ends although nobody answers', async () => {
    await waitAMoment(new Promise(() => undefined));
  });

  it('ends with the answer, or with what went wrong', async () => {
    let ended = false;
    const never = new Promise(() => undefined);
    void waitAMoment(never).then(() => (ended = true));
    await waitAMoment(Promise.resolve());
    expect(ended).toBe(false);
    await expect(waitAMoment(Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
