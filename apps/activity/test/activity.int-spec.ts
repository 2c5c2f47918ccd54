import { selectRows } from '@floodgate/adapters/mysql';
import { type Campaign, CampaignState, Settlement, type SetRedeemedV1, type UnitGrantedV1 } from '@floodgate/contracts';
import { secretCommitment } from '@floodgate/domain/packets';
import { OutcomeError } from '@floodgate/kernel';
import { Metrics, verifyToken } from '@floodgate/nest-kit';
import { until } from '@floodgate/testing';
import { type ActivityUnderTest, distinct, startActivity, TOKEN_SECRET } from './activity-under-test';
import { APPROVER_SECRET, AUTHOR_SECRET, cardSplitMessage, HOUR_MS, saleMessage } from './campaign-messages';

let activity: ActivityUnderTest;

beforeAll(async () => {
  activity = await startActivity();
});

afterAll(async () => {
  await activity.stop();
});

const operatorId = 'op';
const approverId = 'second';
const commitment = secretCommitment(APPROVER_SECRET);

/** A draft that both people have made ready to be published. */
async function draftByTwo(campaign: Campaign): Promise<void> {
  const { calls } = activity;
  const { campaignId } = campaign;
  await calls.create({ operatorId, campaign });
  await calls.approve({ operatorId: approverId, campaignId, commitment });
  await calls.showSecret({ operatorId, campaignId, secret: AUTHOR_SECRET });
  await calls.showSecret({ operatorId: approverId, campaignId, secret: APPROVER_SECRET });
}

async function publishCardSplit(campaignId: string, ...rest: [Parameters<typeof cardSplitMessage>[1]?]): Promise<void> {
  await draftByTwo(cardSplitMessage(campaignId, ...rest));
  await activity.calls.publish({ operatorId, campaignId });
}

/** The refusal of a call that must not succeed. */
async function refusalOf(call: Promise<unknown>): Promise<Pick<OutcomeError, 'outcome' | 'field' | 'pollAfterMs'>> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OutcomeError)) throw new Error('expected a refusal', { cause: error });
  const { outcome, field, pollAfterMs } = error;
  return { outcome, field, pollAfterMs };
}

function setRedeemed(campaignId: string, userId: string, changes: Partial<SetRedeemedV1> = {}): SetRedeemedV1 {
  return {
    eventId: `e-${campaignId}-${userId}`,
    occurredAtMs: String(Date.now()),
    campaignId,
    causationId: `r-${userId}`,
    userId,
    redemptionId: `r-${userId}`,
    ...changes,
  };
}

async function tellRedeemed(...events: SetRedeemedV1[]): Promise<void> {
  const { publisher, topics } = activity;
  await publisher.publish(
    topics.setRedeemed.topic,
    events.map((message) => ({ key: message.userId, message })),
  );
}

const isQualified = async (campaignId: string, userId: string): Promise<boolean> =>
  (await activity.calls.participateStatus({ campaignId, userId })).qualified;

describe('campaigns', () => {
  it('go from draft to published once, with one event, whoever asks at once', async () => {
    const { calls, published } = activity;
    const campaign = cardSplitMessage('spring');
    const draft = await calls.create({ operatorId, campaign });
    expect(draft.campaign).toEqual({ ...campaign, state: CampaignState.CAMPAIGN_STATE_DRAFT });
    await draftByTwo(campaign);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => calls.publish({ operatorId, campaignId: 'spring' })),
    );
    for (const answer of answers) expect(answer.campaign?.state).toBe(CampaignState.CAMPAIGN_STATE_PUBLISHED);
    const event = await until('campaign-published', () => published.find(({ campaignId }) => campaignId === 'spring'));
    const state = CampaignState.CAMPAIGN_STATE_PUBLISHED;
    const { pools: _, ...head } = campaign;
    expect(event).toMatchObject({ operatorId, campaign: { ...head, state, approverCommitment: commitment } });
    await publishCardSplit('after-spring');
    await until('the next event', () => published.some(({ campaignId }) => campaignId === 'after-spring'));
    expect(distinct(published.filter(({ campaignId }) => campaignId === 'spring'))).toHaveLength(1);
  });

  it('are listed while published and not past settleBy, with database time', async () => {
    await activity.calls.create({ operatorId, campaign: cardSplitMessage('draft-only') });
    await publishCardSplit('listed');
    const nowMs = Date.now();
    await activity.database.dataSource.query(
      `INSERT INTO campaigns (campaign_id, state, spec, seals, settle_by_ms, created_by, created_at_ms)
       SELECT 'settled', state, spec, seals, ?, created_by, created_at_ms FROM campaigns WHERE campaign_id = 'listed'`,
      [nowMs - HOUR_MS],
    );
    const list = await activity.calls.list();
    const ids = list.campaigns.map(({ campaignId }) => campaignId);
    expect(ids).toContain('listed');
    expect(ids).not.toContain('draft-only');
    expect(ids).not.toContain('settled');
    expect(Math.abs(Number(list.nowMs) - nowMs)).toBeLessThan(HOUR_MS);
  });

  it('of a sale keep every field', async () => {
    const campaign = saleMessage('sale');
    await activity.calls.create({ operatorId, campaign });
    const kept = await activity.calls.get({ campaignId: 'sale' });
    expect(kept.campaign).toEqual({ ...campaign, state: CampaignState.CAMPAIGN_STATE_DRAFT });
  });

  it('may be created again with the same content only', async () => {
    const campaign = cardSplitMessage('again');
    await activity.calls.create({ operatorId, campaign });
    await activity.calls.create({ operatorId, campaign });
    const other = activity.calls.create({ operatorId, campaign: { ...campaign, titleEn: 'Other' } });
    expect(await refusalOf(other)).toMatchObject({ outcome: 'CONFLICT', field: 'titleEn' });
  });

  it('are refused with the field that is wrong', async () => {
    const good = cardSplitMessage('wrong');
    const [pool] = good.pools;
    if (pool === undefined) throw new Error('the message has a pool');
    const create = (campaign: typeof good | undefined) => refusalOf(activity.calls.create({ operatorId, campaign }));
    expect(await create({ ...good, pools: [{ ...pool, stock: 0 }] })).toMatchObject({
      outcome: 'INVALID_REQUEST',
      field: 'pools.0.stock',
    });
    const noSettlement = { ...pool, settlement: Settlement.SETTLEMENT_UNSPECIFIED };
    expect(await create({ ...good, pools: [noSettlement] })).toMatchObject({ field: 'pools.0.settlement' });
    expect(await create({ ...good, timeline: undefined })).toMatchObject({ field: 'timeline' });
    expect(await create(undefined)).toMatchObject({ field: 'campaign' });
    expect(await refusalOf(activity.calls.get({ campaignId: 'wrong' }))).toMatchObject({ outcome: 'NO_SUCH_CAMPAIGN' });
    expect(await refusalOf(activity.calls.get({ campaignId: 'no id' }))).toMatchObject({
      outcome: 'INVALID_REQUEST',
      field: 'campaignId',
    });
  });

  it('with a T0 in the past are not published', async () => {
    const nowMs = Date.now();
    await draftByTwo(cardSplitMessage('late', { qualifyUntilMs: nowMs - 120_000, splitAtMs: nowMs - 60_000 }));
    const refusal = await refusalOf(activity.calls.publish({ operatorId, campaignId: 'late' }));
    expect(refusal).toMatchObject({ outcome: 'INVALID_REQUEST', field: 'timeline.splitAtMs' });
  });
});

describe('tasks', () => {
  it('count once for 50 completions at the same time, with one event', async () => {
    const { calls, completed } = activity;
    await publishCardSplit('tasks');
    const complete = (userId: string) => calls.completeTask({ campaignId: 'tasks', userId, taskId: 'sign-in' });
    const answers = await Promise.all(Array.from({ length: 50 }, () => complete('u1')));
    expect(new Set(answers.map(({ completionId }) => completionId)).size).toBe(1);
    expect(answers[0]).toMatchObject({ draws: 2 });
    const event = await until('task-completed', () => completed.find(({ campaignId }) => campaignId === 'tasks'));
    expect(event).toMatchObject({ userId: 'u1', taskId: 'sign-in', draws: 2, completionId: answers[0]?.completionId });
    await until('an empty outbox', async () => {
      const [row] = await selectRows<{ waiting: number }>(
        activity.database.dataSource,
        'SELECT COUNT(*) AS waiting FROM outbox',
      );
      return Number(row?.waiting) === 0;
    });
    await complete('u2');
    await until('the next event', () => completed.some(({ userId }) => userId === 'u2'));
    expect(
      distinct(completed.filter(({ userId, campaignId }) => userId === 'u1' && campaignId === 'tasks')),
    ).toHaveLength(1);
  });

  it('are refused before opening, after qualifyUntil, and where there are none', async () => {
    const nowMs = Date.now();
    await publishCardSplit('closed-tasks', { qualifyUntilMs: nowMs - 60_000 });
    await publishCardSplit('early-tasks', { opensAtMs: nowMs + HOUR_MS / 2 });
    const complete = (campaignId: string, taskId = 'sign-in') =>
      refusalOf(activity.calls.completeTask({ campaignId, userId: 'u1', taskId }));
    expect(await complete('closed-tasks')).toMatchObject({ outcome: 'CLOSED' });
    expect(await complete('early-tasks')).toMatchObject({ outcome: 'NOT_OPEN_YET', pollAfterMs: 60_000 });
    expect(await complete('early-tasks', 'none')).toMatchObject({ outcome: 'INVALID_REQUEST', field: 'taskId' });
    expect(await complete('none')).toMatchObject({ outcome: 'NO_SUCH_CAMPAIGN' });
  });
});

describe('qualifications', () => {
  it('come from redeemed sets, once, as a token bound to user, campaign and pool', async () => {
    await publishCardSplit('q');
    expect(await refusalOf(activity.calls.getQualification({ campaignId: 'q', userId: 'u1' }))).toMatchObject({
      outcome: 'NOT_QUALIFIED',
    });
    await tellRedeemed(
      setRedeemed('q', 'u1'),
      setRedeemed('q', 'u1'),
      setRedeemed('q', 'u1', { redemptionId: 'other', eventId: 'other' }),
    );
    await tellRedeemed(setRedeemed('q', 'u2'));
    await until('both are qualified', async () => (await isQualified('q', 'u1')) && (await isQualified('q', 'u2')));
    const { qualificationId, poolId, token } = await activity.calls.getQualification({ campaignId: 'q', userId: 'u1' });
    expect(poolId).toBe('cash');
    const claims = verifyToken('qualification', token, TOKEN_SECRET, Date.now());
    expect(claims).toMatchObject({ userId: 'u1', campaignId: 'q', poolId: 'cash', qualificationId });
    await until('user-qualified', () =>
      activity.qualified.some(({ userId, campaignId }) => userId === 'u2' && campaignId === 'q'),
    );
    await until('user-qualified', () =>
      activity.qualified.some(({ userId, campaignId }) => userId === 'u1' && campaignId === 'q'),
    );
    const events = activity.qualified.filter(({ userId, campaignId }) => userId === 'u1' && campaignId === 'q');
    expect(distinct(events)).toMatchObject([{ qualificationId, poolId: 'cash', causationId: 'e-q-u1' }]);
  });

  it('are decided by the instant of the redemption, and nothing bad holds up the rest', async () => {
    const nowMs = Date.now();
    await publishCardSplit('deadline', { qualifyUntilMs: nowMs - 1_000 });
    // One key, so that all three stand in one partition and the bad one in the way of the last.
    const events = [
      setRedeemed('deadline', 'too-late', { occurredAtMs: String(nowMs) }),
      setRedeemed('unknown-campaign', 'lost'),
      setRedeemed('deadline', 'in-time', { occurredAtMs: String(nowMs - 1_000) }),
    ];
    await activity.publisher.publish(
      activity.topics.setRedeemed.topic,
      events.map((message) => ({ key: 'one', message })),
    );
    await until('the last is taken', () => isQualified('deadline', 'in-time'));
    expect(await isQualified('deadline', 'too-late')).toBe(false);
    await until('the dead letter', () => activity.setAside.some(({ userId }) => userId === 'lost'));
    expect(distinct(activity.setAside)).toHaveLength(1);
  });

  it('are spent once they have led to a unit', async () => {
    await publishCardSplit('spent');
    await tellRedeemed(setRedeemed('spent', 'u1'));
    await until('qualified', () => isQualified('spent', 'u1'));
    const { qualificationId } = await activity.calls.getQualification({ campaignId: 'spent', userId: 'u1' });
    const granted: UnitGrantedV1 = {
      eventId: '0:0:0',
      occurredAtMs: String(Date.now()),
      campaignId: 'spent',
      causationId: 'g1',
      userId: 'u1',
      poolId: 'cash',
      unitNo: 0,
      generation: 0,
      grabId: 'g1',
      settlement: Settlement.SETTLEMENT_PAYOUT,
      amountFen: '100',
      payWithinMs: '0',
      qualificationId,
    };
    const ofSale = { ...granted, campaignId: 'sale', settlement: Settlement.SETTLEMENT_ORDER, qualificationId: '' };
    const { publisher, topics } = activity;
    await publisher.publish(
      topics.unitGranted.topic,
      [ofSale, granted, granted].map((message) => ({ key: 'u1', message })),
    );
    const ask = () => activity.calls.getQualification({ campaignId: 'spent', userId: 'u1' });
    const refusal = await until('spent', () =>
      ask().then(
        () => undefined,
        (thrown: unknown) => refusalOf(Promise.reject(thrown as Error)),
      ),
    );
    expect(refusal).toMatchObject({ outcome: 'QUALIFICATION_SPENT' });
    expect(await isQualified('spent', 'u1')).toBe(true);
  });
});

it('counts the calls of ParticipateStatus, so that anyone can see them stop', async () => {
  await publishCardSplit('status');
  await activity.calls.completeTask({ campaignId: 'status', userId: 'u1', taskId: 'sign-in' });
  const { registry } = activity.app.get(Metrics);
  const total = async (): Promise<number> => {
    const metric = await registry.getSingleMetric('floodgate_participate_status_total')?.get();
    return metric?.values[0]?.value ?? 0;
  };
  const before = await total();
  const status = await activity.calls.participateStatus({ campaignId: 'status', userId: 'u1' });
  expect(status).toEqual({ tasksCompleted: 1, qualified: false });
  expect(await total()).toBe(before + 1);
});
