import { startRedis, type TestRedisServer } from '@floodgate/testing';
import { checkNoEviction } from './check-redis';
import { createRedis } from './redis';

let server: TestRedisServer;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => {
  await server.stop();
});

describe('checkNoEviction', () => {
  it('refuses a server that may drop keys, by its address', async () => {
    // So long that only an answer that never comes meets it, however slow the machine.
    const redis = createRedis(server.url, { commandTimeout: 30_000 });
    await redis.connect();
    await expect(checkNoEviction(redis)).resolves.toBeUndefined();
    await server.admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await expect(checkNoEviction(redis)).rejects.toThrow(
      `Redis at 127.0.0.1:${server.port} has maxmemory-policy allkeys-lru; it must be noeviction`,
    );
    redis.disconnect();
  });
});
