import { createKafka } from '@floodgate/adapters/kafka';
import { PlanPublishedV1, TOPICS } from '@floodgate/contracts';
import { type Plan, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { signJwt } from '@floodgate/nest-kit';
import { MemoryLog, SERVERS, until } from '@floodgate/testing';
import { startPlanService, type TestPlanService } from './test-plan-service';

const shorter: Plan = {
  ...REFERENCE_PLAN,
  title: 'a shorter tier 1',
  tier1: { ...REFERENCE_PLAN.tier1, beforeMs: 1_000 },
};

let service: TestPlanService;

beforeAll(async () => {
  service = await startPlanService();
});

afterAll(() => service.stop());

async function draft(author: string, plan: Plan = shorter): Promise<number> {
  const { status, body } = await service.ask('POST', '/plans', author, { plan });
  expect(status).toBe(200);
  return body['planNo'] as number;
}

describe('who may ask', () => {
  it('nobody without a token, with a forged one or without the role', async () => {
    expect(await service.ask('GET', '/plans/current')).toMatchObject({ status: 401, body: { outcome: 'SIGNED_OUT' } });
    const tokens: readonly (readonly [token: string, status: number])[] = [
      [
        signJwt({ userId: 'ada', roles: ['operator'], ttlMs: 60_000 }, 'another secret, just as long as the right'),
        401,
      ],
      [signJwt({ userId: 'ada', roles: ['participant'], ttlMs: 60_000 }, service.config.JWT_SECRET), 403],
    ];
    for (const [token, status] of tokens) {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await service.inject({ method: 'GET', url: '/plans/current', headers });
      expect(answer.statusCode).toBe(status);
    }
  });

  it('too often is told so', async () => {
    const narrow = await startPlanService({ ADMIN_LIMIT_PER_MINUTE: '2' });
    try {
      const statuses: number[] = [];
      for (let i = 0; i < 3; i++) statuses.push((await narrow.ask('GET', '/plans/current', 'ada')).status);
      expect(statuses).toEqual([200, 200, 429]);
    } finally {
      await narrow.stop();
    }
  });
});

describe('a plan on its way', () => {
  it('the reference plan is in force from the start', async () => {
    const { body } = await service.ask('GET', '/plans/current', 'ada');
    // The second version: the first plan was written before it had all its fields, and completed by a migration.
    expect(body).toMatchObject({ outcome: 'OK', version: 2, planNo: 1, plan: REFERENCE_PLAN, tiers: [] });
  });

  it('is drafted, approved by another operator, published, followed everywhere and announced', async () => {
    const followers = await Promise.all(['way-1', 'way-2', 'way-3'].map((name) => service.follow(name)));
    const planNo = await draft('ada');
    const unapproved = await service.ask('POST', `/plans/${planNo}/publish`, 'ada');
    expect(unapproved).toMatchObject({
      status: 409,
      body: { outcome: 'CONFLICT', detail: 'the plan is not approved' },
    });
    const byAuthor = await service.approve(planNo, 'ada');
    expect(byAuthor).toMatchObject({ status: 403, body: { outcome: 'FORBIDDEN' } });
    expect(await service.approve(planNo, 'bob')).toMatchObject({ status: 200 });
    expect(await service.ask('GET', `/plans/${planNo}`, 'ada')).toMatchObject({
      body: { authorId: 'ada', approverId: 'bob', state: 'approved', published: false, basePlanNo: 1 },
    });
    const published = await service.ask('POST', `/plans/${planNo}/publish`, 'ada');
    expect(published).toMatchObject({ status: 200, body: { outcome: 'OK', version: 3 } });
    for (const follower of followers) {
      await until('the plan', () => follower.snapshot.version === 3);
      expect(follower.snapshot.plan.title).toBe('a shorter tier 1');
    }
    const again = await service.ask('POST', `/plans/${planNo}/publish`, 'ada');
    expect(again).toMatchObject({ status: 200, body: { version: 3 } });

    const { body: current } = await service.ask('GET', '/plans/current', 'ada');
    followers[0]?.policyFor({ campaignId: 'c1', t0Ms: Date.now() });
    const { states, instances } = await until('all acknowledgements', async () => {
      const { body } = await service.ask('GET', '/acknowledgements', 'ada');
      const list = body['instances'] as { state: string; tier: number | null }[];
      const isComplete = list.length === 3 && list.every(({ state }) => state === 'current') && list[0]?.tier === 1;
      return isComplete && { states: body['states'], instances: list };
    });
    expect(states).toEqual({ conflict: 0, ahead: 0, behind: 0, silent: 0, current: 3 });
    const told = {
      app: 'test',
      version: 3,
      hash: current['hash'],
      receivedAtMs: expect.any(Number) as number,
      appliedAtMs: expect.any(Number) as number,
      source: expect.stringMatching(/^(push|poll)$/) as string,
      seenAtMs: expect.any(Number) as number,
      state: 'current',
    };
    expect(instances).toEqual([
      { ...told, instanceId: 'way-1', tier: 1 },
      { ...told, instanceId: 'way-2', tier: null },
      { ...told, instanceId: 'way-3', tier: null },
    ]);
    const { body: audit } = await service.ask('GET', '/audit?limit=3', 'ada');
    expect(audit['entries']).toMatchObject([
      { operatorId: 'ada', action: 'plan-published', detail: { planNo } },
      { operatorId: 'bob', action: 'plan-approved', detail: { planNo } },
      { operatorId: 'ada', action: 'plan-drafted', detail: { planNo } },
    ]);
  });

  it('is refused when another was published since it was written', async () => {
    const first = await draft('ada', { ...shorter, title: 'first' });
    const second = await draft('bob', { ...shorter, title: 'second' });
    await service.approve(first, 'bob');
    await service.approve(second, 'ada');
    expect(await service.ask('POST', `/plans/${second}/publish`, 'ada')).toMatchObject({ status: 200 });
    const late = await service.ask('POST', `/plans/${first}/publish`, 'ada');
    expect(late).toMatchObject({ status: 409, body: { outcome: 'CONFLICT' } });
    const { body } = await service.ask('GET', '/plans/current', 'ada');
    expect(body).toMatchObject({ planNo: second, plan: { title: 'second' } });
  });

  it('is published once by ten requests at the same time', async () => {
    const planNo = await draft('ada', { ...shorter, title: 'once' });
    await service.approve(planNo, 'bob');
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => service.ask('POST', `/plans/${planNo}/publish`, 'ada')),
    );
    expect(new Set(answers.map(({ body }) => body['version'])).size).toBe(1);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  });

  it('leaves plan-published in Kafka', async () => {
    const operatorId = `op-${Date.now()}`;
    const planNo = await draft('ada', { ...shorter, title: 'announced' });
    await service.approve(planNo, 'bob');
    const { body } = await service.ask('POST', `/plans/${planNo}/publish`, operatorId);
    const consumer = createKafka(SERVERS.kafkaBrokers, 'test', new MemoryLog()).consumer({
      groupId: `test.${operatorId}`,
    });
    const seen: PlanPublishedV1[] = [];
    await consumer.connect();
    await consumer.subscribe({ topic: TOPICS.planPublished.name, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        if (message.key?.toString() !== operatorId) return;
        seen.push(PlanPublishedV1.fromJSON(JSON.parse(message.value?.toString() ?? '')));
      },
    });
    await until('the event', () => seen.length > 0);
    await consumer.disconnect();
    // It may come twice, as the same event.
    expect(new Set(seen.map(({ eventId }) => eventId)).size).toBe(1);
    expect(seen[0]).toMatchObject({ operatorId, version: String(body['version']), causationId: `plan-${planNo}` });
  });
});

describe('what a plan may say', () => {
  const wrong: readonly (readonly [field: string, body: object])[] = [
    ['plan.surprise', { plan: { ...REFERENCE_PLAN, surprise: 1 } }],
    ['plan.tier1.beforeMs', { plan: { ...REFERENCE_PLAN, tier1: { ...REFERENCE_PLAN.tier1, beforeMs: 'soon' } } }],
    [
      'plan.tier1.caps.grab',
      {
        plan: { ...REFERENCE_PLAN, tier1: { ...REFERENCE_PLAN.tier1, caps: { venue: 1, qualification: 1, grab: -1 } } },
      },
    ],
    [
      'plan.tier2.serverDrop.shares.pay',
      {
        plan: {
          ...REFERENCE_PLAN,
          tier2: {
            challenge: 'off',
            pollIntervalMs: 5_000,
            serverDrop: { windowMs: 60_000, shares: { pay: 1, grab: 0, qualify: 0, browse: 0 } },
          },
        },
      },
    ],
    ['plan', {}],
    ['more', { plan: REFERENCE_PLAN, more: true }],
  ];

  it.each(wrong)('%s is refused with its name', async (field, body) => {
    expect(await service.ask('POST', '/plans', 'ada', body)).toMatchObject({
      status: 400,
      body: { outcome: 'INVALID_REQUEST', field },
    });
  });

  it('a plan that is not there is said so', async () => {
    const approval = { hash: '0'.repeat(64), basePlanNo: 1 };
    for (const [url, body] of [
      ['/plans/999999/approve', approval],
      ['/plans/999999/publish', {}],
      ['/plans/nonsense/approve', approval],
    ] as const) {
      expect(await service.ask('POST', url, 'ada', body)).toMatchObject({
        status: 400,
        body: { outcome: 'INVALID_REQUEST', field: 'planNo' },
      });
    }
  });

  it('is documented', async () => {
    const { body } = await service.ask('GET', '/openapi.json');
    expect(Object.keys(body['paths'] as object)).toEqual(
      expect.arrayContaining([
        '/plans',
        '/plans/{planNo}/approve',
        '/plans/{planNo}/dry-run',
        '/tiers',
        '/acknowledgements',
        '/audit',
      ]),
    );
    const page = await service.inject({ method: 'GET', url: '/docs' });
    expect(page.statusCode).toBe(200);
  });
});
