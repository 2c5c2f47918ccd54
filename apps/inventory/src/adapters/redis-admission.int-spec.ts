import { createRedis } from '@floodgate/adapters/redis';
import { admissionContract } from '@floodgate/domain/inventory/testing';
import { SERVERS } from '@floodgate/testing';
import { RedisAdmission } from './redis-admission';

const redis = createRedis(SERVERS.redisUrl);

beforeAll(() => redis.connect());
afterAll(() => redis.disconnect());

admissionContract('in Redis', () => new RedisAdmission(redis));

describe('RedisAdmission', () => {
  it('goes on when the server has lost its scripts', async () => {
    const shard = { campaignId: `flush-${process.pid}-${Date.now()}`, poolId: 'p', shardNo: 0 };
    const admission = new RedisAdmission(redis);
    await admission.load(shard, 'load', { offset: 0, free: [{ from: 0, to: 2 }], holders: [] });
    await redis.script('FLUSH');
    expect(await admission.propose(shard, 'load', 1, [{ userId: 'u', grabId: 'g' }])).toEqual([
      { kind: 'proposed', unitNo: 0 },
    ]);
  });
});
