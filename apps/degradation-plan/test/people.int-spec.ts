import { type Plan, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { type Role } from '@floodgate/nest-kit';
import { startPlanService, type TestPlanService } from './test-plan-service';

let service: TestPlanService;

beforeAll(async () => {
  service = await startPlanService();
});

afterAll(() => service.stop());

const titled = (title: string, more: Partial<Plan> = {}): Plan => ({ ...REFERENCE_PLAN, title, ...more });

async function draft(author: string, plan: Plan): Promise<{ planNo: number; hash: string; basePlanNo: number }> {
  const { status, body } = await service.ask('POST', '/plans', author, { plan });
  expect(status).toBe(200);
  return body as unknown as { planNo: number; hash: string; basePlanNo: number };
}

async function planOf(planNo: number): Promise<Record<string, unknown>> {
  return (await service.ask('GET', `/plans/${planNo}`, 'ada')).body;
}

describe('a draft', () => {
  it('that is edited loses its approval, whoever gave it, and cannot be published before another', async () => {
    const { planNo, hash, basePlanNo } = await draft('ada', titled('first words'));
    const approve = (read: unknown) =>
      service.ask('POST', `/plans/${planNo}/approve`, 'bob', { hash: read, basePlanNo });
    expect(await approve(hash)).toMatchObject({ status: 200 });
    expect(await planOf(planNo)).toMatchObject({ state: 'approved', approverId: 'bob' });
    const edited = await service.ask('PUT', `/plans/${planNo}`, 'ada', { plan: titled('other words'), hash });
    expect(edited).toMatchObject({ status: 200, body: { outcome: 'OK', planNo, droppedApproverId: 'bob' } });
    expect(await planOf(planNo)).toMatchObject({ state: 'draft', approverId: null, title: 'other words' });
    const unapproved = await service.ask('POST', `/plans/${planNo}/publish`, 'ada');
    expect(unapproved).toMatchObject({ status: 409, body: { detail: 'the plan is not approved' } });
    const stale = await approve(hash);
    expect(stale).toMatchObject({ status: 409, body: { outcome: 'CONFLICT', field: 'hash' } });
    const newHash = edited.body['hash'];
    expect(await approve(newHash)).toMatchObject({ status: 200 });
    expect(await service.ask('POST', `/plans/${planNo}/publish`, 'ada')).toMatchObject({ status: 200 });
    const late = await service.ask('PUT', `/plans/${planNo}`, 'ada', { plan: titled('too late'), hash: newHash });
    expect(late).toMatchObject({ status: 409, body: { outcome: 'CONFLICT' } });
    const { body: audit } = await service.ask('GET', '/audit?limit=5', 'ada');
    expect(audit['entries']).toMatchObject([
      { action: 'plan-published', detail: { planNo, hash: newHash } },
      { action: 'plan-approved', operatorId: 'bob', detail: { planNo, hash: newHash } },
      { action: 'plan-edited', operatorId: 'ada', detail: { planNo, hash: newHash, droppedApproverId: 'bob' } },
      { action: 'plan-approved', operatorId: 'bob', detail: { planNo, hash } },
      { action: 'plan-drafted', operatorId: 'ada', detail: { planNo, hash } },
    ]);
  });

  it('put on another base loses its approval too, for it was given for the base before', async () => {
    const first = await draft('ada', titled('first of two'));
    const second = await draft('ada', titled('second of two'));
    for (const { planNo } of [first, second]) await service.approve(planNo, 'bob');
    expect(await service.ask('POST', `/plans/${first.planNo}/publish`, 'ada')).toMatchObject({ status: 200 });
    const moved = await service.ask('POST', `/plans/${second.planNo}/publish`, 'ada');
    expect(moved).toMatchObject({ status: 409, body: { outcome: 'CONFLICT' } });
    const again = { plan: titled('second of two'), hash: second.hash, basePlanNo: first.planNo };
    const rebased = await service.ask('PUT', `/plans/${second.planNo}`, 'ada', again);
    expect(rebased).toMatchObject({
      status: 200,
      body: { hash: second.hash, basePlanNo: first.planNo, droppedApproverId: 'bob' },
    });
    expect(await service.ask('POST', `/plans/${second.planNo}/publish`, 'ada')).toMatchObject({ status: 409 });
    // Who read it against the base before would undo, unseen, what that one changed.
    const { hash, basePlanNo } = second;
    const stale = await service.ask('POST', `/plans/${second.planNo}/approve`, 'bob', { hash, basePlanNo });
    expect(stale).toMatchObject({ status: 409, body: { outcome: 'CONFLICT', field: 'basePlanNo' } });
    await service.approve(second.planNo, 'bob');
    expect(await service.ask('POST', `/plans/${second.planNo}/publish`, 'ada')).toMatchObject({ status: 200 });
  });

  it.each(['hash', 'basePlanNo'])('is not approved by who does not say which: no %s', async (field) => {
    const { planNo, hash, basePlanNo } = await draft('ada', titled(`without ${field}`));
    const answer = await service.ask('POST', `/plans/${planNo}/approve`, 'bob', {
      hash,
      basePlanNo,
      [field]: undefined,
    });
    expect(answer).toMatchObject({ status: 400, body: { outcome: 'INVALID_REQUEST', field } });
    expect(await planOf(planNo)).toMatchObject({ state: 'draft', approverId: null });
  });

  it('is edited by its author only, from what he has read, and into something sound', async () => {
    const { planNo, hash } = await draft('ada', titled('mine'));
    const url = `/plans/${planNo}`;
    expect(await service.ask('PUT', url, 'bob', { plan: titled('yours'), hash })).toMatchObject({ status: 403 });
    expect(await service.ask('PUT', url, 'ada', { plan: titled('same'), hash: '0'.repeat(64) })).toMatchObject({
      status: 409,
      body: { field: 'hash' },
    });
    const unsound = titled('unsound', { rampDownMs: -1 });
    expect(await service.ask('PUT', url, 'ada', { plan: unsound, hash })).toMatchObject({ status: 400 });
    expect(await service.ask('PUT', '/plans/999999', 'ada', { plan: titled('x'), hash })).toMatchObject({
      status: 400,
      body: { field: 'planNo' },
    });
    expect(await planOf(planNo)).toMatchObject({ hash, title: 'mine' });
    await service.approve(planNo, 'bob');
    const same = await service.ask('PUT', url, 'ada', { plan: titled('mine'), hash });
    expect(same).toMatchObject({ status: 200, body: { hash, droppedApproverId: null } });
    expect(await planOf(planNo)).toMatchObject({ state: 'approved' });
  });

  it('is listed, compared field by field, and begun from the template', async () => {
    const { body: template } = await service.ask('GET', '/plans/template', 'ada');
    expect(template['plan']).toEqual(REFERENCE_PLAN);
    const { planNo } = await draft('ada', titled('compared', { rampDownMs: 30_000 }));
    const { body: list } = await service.ask('GET', '/plans?limit=2', 'ada');
    const plans = list['plans'] as { planNo: number }[];
    expect(plans).toHaveLength(2);
    expect(plans[0]).toMatchObject({ planNo, title: 'compared', state: 'draft', authorId: 'ada', approverId: null });
    const { body: older } = await service.ask('GET', `/plans?beforePlanNo=${planNo}&limit=1`, 'ada');
    expect((older['plans'] as { planNo: number }[])[0]?.planNo).toBe(planNo - 1);
    const { body: diff } = await service.ask('GET', `/plans/${planNo}/diff?from=1`, 'ada');
    expect(diff).toMatchObject({
      from: 1,
      to: planNo,
      changes: [
        { path: 'rampDownMs', from: 60_000, to: 30_000 },
        { path: 'title', from: 'reference plan', to: 'compared' },
      ],
    });
    const { body: ofBase } = await service.ask('GET', `/plans/${planNo}/diff`, 'ada');
    const { hash, basePlanNo } = await planOf(planNo);
    expect(ofBase).toMatchObject({ from: basePlanNo, hash, basePlanNo });
  });
});

describe('roles', () => {
  const everything: readonly (readonly [method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, allowed: Role[]])[] = [
    ['GET', '/plans', ['plan-author', 'plan-approver', 'sre']],
    ['GET', '/plans/template', ['plan-author', 'plan-approver', 'sre']],
    ['GET', '/plans/current', ['plan-author', 'plan-approver', 'sre']],
    ['GET', '/plans/1', ['plan-author', 'plan-approver', 'sre']],
    ['GET', '/plans/1/diff?from=1', ['plan-author', 'plan-approver', 'sre']],
    ['GET', '/plans/1/dry-run/none', ['plan-author', 'plan-approver', 'sre']],
    ['GET', '/campaigns', ['plan-author', 'plan-approver', 'sre']],
    ['GET', '/acknowledgements', ['plan-author', 'plan-approver', 'sre']],
    ['GET', '/audit', ['plan-author', 'plan-approver', 'sre']],
    ['POST', '/plans', ['plan-author', 'sre']],
    ['PUT', '/plans/999999', ['plan-author', 'sre']],
    ['POST', '/plans/999999/approve', ['plan-approver']],
    ['POST', '/plans/999999/publish', ['plan-author', 'plan-approver', 'sre']],
    ['POST', '/plans/999999/dry-run', ['plan-author', 'plan-approver', 'sre']],
    ['POST', '/plans/999999/break-glass', ['sre']],
    ['DELETE', '/plans/999999/break-glass', ['sre']],
    ['POST', '/tiers', ['sre']],
    ['DELETE', '/tiers/c1', ['sre']],
  ];

  it.each(everything)('%s %s is for %j and operators', async (method, url, allowed) => {
    const roles: readonly Role[] = ['participant', 'plan-author', 'plan-approver', 'sre', 'operator'];
    for (const role of roles) {
      const body = method === 'POST' || method === 'PUT' ? {} : undefined;
      const { status } = await service.ask(method, url, 'somebody', body, [role]);
      expect({ role, isForbidden: status === 403 }).toEqual({
        role,
        isForbidden: role !== 'operator' && !allowed.includes(role),
      });
    }
  });

  it('together do not make an author his own approver', async () => {
    const { planNo, hash, basePlanNo } = await draft('ada', titled('alone'));
    const roles: readonly Role[] = ['plan-author', 'plan-approver', 'sre', 'operator'];
    expect(await service.ask('POST', `/plans/${planNo}/approve`, 'ada', { hash, basePlanNo }, roles)).toMatchObject({
      status: 403,
    });
  });
});

describe('breaking the glass', () => {
  const grabsOf = (base: Plan, grab: number): Plan => ({
    ...base,
    title: `grabs at ${grab}`,
    tier1: { ...base.tier1, caps: { ...base.tier1.caps, grab } },
  });

  async function current(): Promise<{ planNo: number; version: number; plan: Plan }> {
    return (await service.ask('GET', '/plans/current', 'ada')).body as never;
  }

  it('puts a tighter plan into force at once, alone, and its author alone takes it back', async () => {
    const before = await current();
    const { planNo, hash } = await draft('eve', grabsOf(before.plan, 500_000));
    const broken = await service.ask('POST', `/plans/${planNo}/break-glass`, 'eve', {});
    expect(broken).toMatchObject({ status: 200, body: { outcome: 'OK', planNo, version: before.version + 1 } });
    expect(await current()).toMatchObject({ planNo, plan: { tier1: { caps: { grab: 500_000 } } } });
    expect(await planOf(planNo)).toMatchObject({
      state: 'in-force',
      approverId: null,
      breakGlass: { operatorId: 'eve', overPlanNo: before.planNo, isWithdrawn: false },
    });
    const again = await service.ask('POST', `/plans/${planNo}/break-glass`, 'eve', {});
    expect(again).toMatchObject({ status: 200, body: { version: before.version + 1 } });
    expect(await service.approve(planNo, 'bob')).toMatchObject({ status: 409 });
    expect(await service.ask('DELETE', `/plans/${planNo}/break-glass`, 'bob')).toMatchObject({ status: 403 });
    const taken = await service.ask('DELETE', `/plans/${planNo}/break-glass`, 'eve');
    expect(taken).toMatchObject({ status: 200, body: { planNo: before.planNo, version: before.version + 2 } });
    expect(await current()).toMatchObject({ planNo: before.planNo, plan: before.plan });
    expect(await service.ask('DELETE', `/plans/${planNo}/break-glass`, 'eve')).toMatchObject({
      status: 200,
      body: { version: before.version + 2 },
    });
    expect(await planOf(planNo)).toMatchObject({ state: 'withdrawn' });
    expect(await service.ask('POST', `/plans/${planNo}/break-glass`, 'eve', {})).toMatchObject({ status: 409 });
    const { body: audit } = await service.ask('GET', '/audit?limit=2', 'ada');
    expect(audit['entries']).toMatchObject([
      { action: 'break-glass-withdrawn', operatorId: 'eve', detail: { planNo, backToPlanNo: before.planNo } },
      { action: 'break-glass', operatorId: 'eve', detail: { planNo, hash, overPlanNo: before.planNo } },
    ]);
  });

  it('is refused for a plan that lets in more, with the field', async () => {
    const before = await current();
    const { planNo } = await draft('eve', { ...before.plan, tier1: { ...before.plan.tier1, reissue: 'on' } });
    expect(await service.ask('POST', `/plans/${planNo}/break-glass`, 'eve', {})).toMatchObject({
      status: 409,
      body: { outcome: 'CONFLICT', field: 'plan.tier1.reissue' },
    });
    expect(await current()).toMatchObject({ planNo: before.planNo, version: before.version });
    expect(await service.ask('DELETE', `/plans/${planNo}/break-glass`, 'eve')).toMatchObject({ status: 409 });
  });

  it('over a broken glass gives back first the one, then the other', async () => {
    const before = await current();
    const eves = await draft('eve', grabsOf(before.plan, 400_000));
    const dans = await draft('dan', grabsOf(before.plan, 300_000));
    await service.ask('POST', `/plans/${eves.planNo}/break-glass`, 'eve', {});
    expect(await service.ask('POST', `/plans/${dans.planNo}/break-glass`, 'dan', {})).toMatchObject({ status: 200 });
    expect(await service.ask('DELETE', `/plans/${eves.planNo}/break-glass`, 'eve')).toMatchObject({ status: 409 });
    await service.ask('DELETE', `/plans/${dans.planNo}/break-glass`, 'dan');
    expect((await current()).planNo).toBe(eves.planNo);
    await service.ask('DELETE', `/plans/${eves.planNo}/break-glass`, 'eve');
    expect((await current()).planNo).toBe(before.planNo);
  });

  it('ends, for everybody else, with a plan that two people agree on', async () => {
    const before = await current();
    const eves = await draft('eve', grabsOf(before.plan, 200_000));
    await service.ask('POST', `/plans/${eves.planNo}/break-glass`, 'eve', {});
    const next = await draft('ada', before.plan);
    await service.approve(next.planNo, 'bob');
    expect(await service.ask('POST', `/plans/${next.planNo}/publish`, 'ada')).toMatchObject({ status: 200 });
    expect(await service.ask('DELETE', `/plans/${eves.planNo}/break-glass`, 'eve')).toMatchObject({ status: 409 });
    expect((await current()).planNo).toBe(next.planNo);
  });
});
