import { execute } from '@floodgate/adapters/mysql';
import { createSubscriber } from '@floodgate/adapters/redis';
import { type ManualTier, type PlanSnapshot } from '@floodgate/domain/degradation-plan';
import { openSnapshot } from '@floodgate/nest-kit';
import { SERVERS, until } from '@floodgate/testing';
import { startPlanService, type TestPlanService } from './test-plan-service';

let service: TestPlanService;

beforeAll(async () => {
  // It looks at Redis when it starts, and then not again while this suite runs.
  service = await startPlanService({ PLAN_PUSH_EVERY_MS: '3600000' });
});

afterAll(() => service.stop());

const setTier = (campaignId: string, tier: number) => service.ask('POST', '/tiers', 'ada', { campaignId, tier });

async function inRedis(): Promise<PlanSnapshot | undefined> {
  const there = (await service.redis.get(service.keys.current)) ?? '';
  const opened = openSnapshot(there, service.config.POLICY_PUBLIC_KEYS);
  return opened.ok ? opened.snapshot : undefined;
}

const tiersOf = (snapshot: PlanSnapshot | undefined, campaignId: string): readonly ManualTier[] =>
  snapshot?.tiers.filter((one) => one.campaignId === campaignId) ?? [];

describe('a commit that is lost', () => {
  it('after the push: its version is never reused, though the database knows nothing of it', async () => {
    const follower = await service.follow('lost-1');
    const { body: before } = await setTier('c1', 2);
    await until('the push', () => follower.snapshot.version === before['version']);
    const { body: lost } = await setTier('c2', 3);
    await until('the push', () => follower.snapshot.version === lost['version']);
    // What a fail-over to a replica that lags does.
    await execute(service.sql, 'UPDATE current_snapshot SET version = ?', [before['version'] as number]);
    await execute(service.sql, 'DELETE FROM snapshots WHERE version = ?', [lost['version'] as number]);
    await execute(service.sql, 'DELETE FROM acknowledgements');
    const { body: after } = await setTier('c3', 2);
    expect(after['version']).toBe((lost['version'] as number) + 1);
    await until('the push', () => follower.snapshot.version === after['version']);
    expect(tiersOf(follower.snapshot, 'c3')).toMatchObject([{ tier: 2 }]);
    expect(tiersOf(follower.snapshot, 'c2')).toEqual([]);
  });

  it('before the push: nobody has heard of it, for nothing is pushed that is not committed', async () => {
    const { body: before } = await setTier('c4', 2);
    const follower = await service.follow('lost-2');
    await until('the plan', () => follower.snapshot.version === before['version']);
    const heard = createSubscriber(SERVERS.redisUrl);
    await heard.connect();
    const messages: string[] = [];
    heard.on('message', (_channel: string, text: string) => messages.push(text));
    await heard.subscribe(service.keys.channel);
    await execute(service.sql, 'RENAME TABLE audit TO audit_away');
    try {
      expect((await setTier('c5', 3)).status).toBeGreaterThanOrEqual(500);
    } finally {
      await execute(service.sql, 'RENAME TABLE audit_away TO audit');
    }
    expect(messages).toEqual([]);
    expect((await inRedis())?.version).toBe(before['version']);
    const { body: after } = await setTier('c6', 2);
    expect(after['version']).toBe((before['version'] as number) + 1);
    await until('the push', () => follower.snapshot.version === after['version']);
    expect(tiersOf(follower.snapshot, 'c5')).toEqual([]);
    await until('the only message', () => messages.length > 0);
    expect(messages).toHaveLength(1);
    heard.disconnect();
  });
});
