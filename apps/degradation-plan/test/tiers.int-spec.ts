import { execute, inTransaction } from '@floodgate/adapters/mysql';
import { degradationPlanV1 } from '@floodgate/contracts';
import { type ManualTier } from '@floodgate/domain/degradation-plan';
import { callUnary, createGrpcClient, openSnapshot } from '@floodgate/nest-kit';
import { until } from '@floodgate/testing';
import { startPlanService, type TestPlanService } from './test-plan-service';

const HOUR = 3_600_000;

let service: TestPlanService;

beforeAll(async () => {
  service = await startPlanService();
});

afterAll(() => service.stop());

const setTier = async (body: object) => service.ask('POST', '/tiers', 'ada', body);

describe('tiers set by hand', () => {
  it('reach every follower at once and revert by themselves', async () => {
    const followers = await Promise.all(['tier-1', 'tier-2', 'tier-3'].map((name) => service.follow(name)));
    const { status, body } = await setTier({ tier: 3, campaignId: 'c1', serverDropShare: 0.9 });
    expect(status).toBe(200);
    const tier = body['tier'] as ManualTier;
    expect(tier.untilMs - tier.fromMs).toBe(15 * 60_000);
    for (const follower of followers) {
      await until('the tier', () => follower.snapshot.version === body['version']);
      const policy = (nowMs: number) => follower.policyFor({ campaignId: 'c1', t0Ms: tier.fromMs + HOUR }, nowMs);
      expect(policy(tier.fromMs)).toMatchObject({ tier: 3, serverDrop: { shares: { pay: 0, browse: 0.9 } } });
      expect(policy(tier.untilMs).tier).toBe(0);
      expect(policy(tier.untilMs + 60_000).serverDrop.shares.browse).toBe(0);
    }
  });

  it('last as long as was asked, and end when they are cleared', async () => {
    const { body } = await setTier({ tier: 1, campaignId: 'c2', ttlMs: 60_000 });
    const tier = body['tier'] as ManualTier;
    expect(tier.untilMs - tier.fromMs).toBe(60_000);
    const cleared = await service.ask('DELETE', '/tiers/c2', 'bob');
    expect(cleared.body['version']).toBe((body['version'] as number) + 1);
    const { body: current } = await service.ask('GET', '/plans/current', 'ada');
    const left = (current['tiers'] as ManualTier[]).find(({ campaignId }) => campaignId === 'c2');
    expect(left?.untilMs).toBeLessThan(tier.untilMs);
    const again = await service.ask('DELETE', '/tiers/c2', 'bob');
    expect(again.body['version']).toBe(cleared.body['version']);
    const { body: audit } = await service.ask('GET', '/audit?limit=2', 'ada');
    expect(audit['entries']).toMatchObject([
      { operatorId: 'bob', action: 'tier-cleared', detail: { campaignId: 'c2' } },
      { operatorId: 'ada', action: 'tier-set', detail: { tier: { campaignId: 'c2', tier: 1 } } },
    ]);
  });

  it('a higher tier does not release the entry anew', async () => {
    const first = (await setTier({ tier: 1, campaignId: 'c3' })).body['tier'] as ManualTier;
    const second = (await setTier({ tier: 2, campaignId: 'c3' })).body['tier'] as ManualTier;
    expect(second.fromMs).toBe(first.fromMs);
  });

  it('are refused for a campaign that nobody has published, and so is its dry run', async () => {
    const noSuch = { status: 404, body: { outcome: 'NO_SUCH_CAMPAIGN', field: 'campaignId' } };
    expect(await setTier({ tier: 2, campaignId: 'c1-spilt' })).toMatchObject(noSuch);
    // In an emergency the events of published campaigns may not arrive.
    expect((await setTier({ tier: 2, campaignId: 'c1-spilt', evenIfUnknown: true })).status).toBe(200);
    const dryRun = { tier: 2, campaignId: 'c1-spilt', seconds: 1 };
    expect(await service.ask('POST', '/plans/1/dry-run', 'ada', dryRun)).toMatchObject(noSuch);
  });

  const wrong: readonly (readonly [field: string, body: object])[] = [
    ['tier', { tier: 4, campaignId: 'c1' }],
    ['tier', { tier: 0, campaignId: 'c1' }],
    ['serverDropShare', { tier: 1, campaignId: 'c1', serverDropShare: 0.5 }],
    ['clientDropShare', { tier: 2, campaignId: 'c1', clientDropShare: 0.5 }],
    ['clientDropShare', { tier: 3, campaignId: 'c1', clientDropShare: 1.5 }],
    ['campaignId', { tier: 2, campaignId: '../etc' }],
    ['ttlMs', { tier: 2, campaignId: 'c1', ttlMs: 0 }],
    ['more', { tier: 2, campaignId: 'c1', more: 1 }],
  ];

  it.each(wrong)('a wrong %s is refused', async (field, body) => {
    expect(await setTier(body)).toMatchObject({ status: 400, body: { outcome: 'INVALID_REQUEST', field } });
  });
});

describe('getting it everywhere', () => {
  it('Redis flushed has the snapshot back by itself', async () => {
    await service.redis.del(service.keys.current);
    await until('the snapshot', async () => (await service.redis.get(service.keys.current)) !== null);
  });

  it('what nobody signed is replaced', async () => {
    await service.redis.set(service.keys.current, 'nonsense');
    await until('the snapshot', async () => {
      const there = (await service.redis.get(service.keys.current)) ?? '';
      return openSnapshot(there, service.config.POLICY_PUBLIC_KEYS).ok;
    });
  });

  it('versions rise above the highest that an instance follows, after a restore from backup', async () => {
    const { body: before } = await setTier({ tier: 2, campaignId: 'c4' });
    const follower = await service.follow('restored');
    await until('the tier', () => follower.snapshot.version === before['version']);
    await until('the acknowledgement', async () => {
      const { body } = await service.ask('GET', '/acknowledgements', 'ada');
      return (body['instances'] as { version: number }[]).some(({ version }) => version === before['version']);
    });
    await execute(service.sql, 'UPDATE current_snapshot SET version = 1');
    await execute(service.sql, 'DELETE FROM snapshots WHERE version > 1');
    const { body: after } = await setTier({ tier: 3, campaignId: 'c4' });
    expect(after['version']).toBe((before['version'] as number) + 1);
    await until('the tier', () => follower.snapshot.version === after['version']);
  });

  it('versions rise above what Redis holds, should no instance be up to acknowledge it', async () => {
    const { body: before } = await setTier({ tier: 2, campaignId: 'c6' });
    await execute(service.sql, 'UPDATE current_snapshot SET version = ?', [(before['version'] as number) - 1]);
    // Beside it the service writes them, in another order: a deadlock runs it again.
    await inTransaction(service.sql, (tx) => execute(tx, 'DELETE FROM acknowledgements'));
    await execute(service.sql, 'DELETE FROM snapshots WHERE version = ?', [before['version'] as number]);
    await until('Redis to be found ahead', async () => {
      const { body } = await service.ask('GET', '/acknowledgements', 'ada');
      const instances = body['instances'] as { instanceId: string; state: string }[];
      return instances.some(({ instanceId, state }) => instanceId === 'redis' && state === 'ahead');
    });
    const { body: after } = await setTier({ tier: 3, campaignId: 'c6' });
    expect(after['version']).toBe((before['version'] as number) + 1);
    await until('the snapshot', async () => {
      const there = openSnapshot(
        (await service.redis.get(service.keys.current)) ?? '',
        service.config.POLICY_PUBLIC_KEYS,
      );
      return there.ok && there.snapshot.version === after['version'];
    });
  });

  it('a forged acknowledgement does not use the versions up', async () => {
    const forged = {
      instanceId: 'evil',
      app: 'x',
      version: 9_000_000_000_000_000,
      hash: '',
      appliedAtMs: 1,
      seenAtMs: Date.now(),
    };
    await service.redis.hset(service.keys.acks, { evil: JSON.stringify(forged), worse: '{' });
    await service.follow('honest');
    await until('another acknowledgement', async () => {
      const { body } = await service.ask('GET', '/acknowledgements', 'ada');
      return (body['instances'] as { instanceId: string }[]).some(({ instanceId }) => instanceId === 'honest');
    });
    const { body } = await setTier({ tier: 2, campaignId: 'c5' });
    expect(body['version']).toBeLessThan(1_000);
  });

  it('serves instances over gRPC too', async () => {
    const client = createGrpcClient(
      degradationPlanV1.DegradationPlanServiceClient,
      `127.0.0.1:${service.config.GRPC_PORT}`,
    );
    const plan = await callUnary(client, client.getPlan, { knownVersion: '0' }, 30_000);
    const opened = openSnapshot(
      JSON.stringify({ snapshot: plan.snapshot, signature: plan.signature }),
      service.config.POLICY_PUBLIC_KEYS,
    );
    expect(opened).toMatchObject({ ok: true, snapshot: { version: Number(plan.version), hash: plan.hash } });
    const known = await callUnary(client, client.getPlan, { knownVersion: plan.version }, 30_000);
    expect(known).toMatchObject({ version: plan.version, snapshot: '', signature: '' });
    const ack = { instanceId: 'edge-1', app: 'edge', version: plan.version, hash: plan.hash, appliedAtMs: '1' };
    await callUnary(client, client.acknowledgePlan, ack, 30_000);
    const { body } = await service.ask('GET', '/acknowledgements', 'ada');
    expect(body['instances']).toEqual(
      expect.arrayContaining([expect.objectContaining({ instanceId: 'edge-1', state: 'current' })]),
    );
    const never = callUnary(client, client.acknowledgePlan, { ...ack, version: '999999999999' }, 30_000);
    await expect(never).rejects.toMatchObject({ outcome: 'INVALID_REQUEST', field: 'version' });
    client.close();
  });
});
