import fc from 'fast-check';
import { cardSplit, draftOf, publishedOf, timedSale } from './campaign.fixture';
import { CompleteTask } from './complete-task';
import { GetParticipateStatus } from './get-participate-status';
import { GetQualification } from './get-qualification';
import { type Redeemed, QualifyUsers } from './qualify-users';
import { CountingIds, MemoryCampaigns, MemoryCompletions, MemoryQualifications, SetClock } from './use-cases.fixture';

const published = () => new MemoryCampaigns(publishedOf(cardSplit()), publishedOf(timedSale()));

describe('completing a task', () => {
  const setUp = (nowMs: number, campaigns = published()) => {
    const completions = new MemoryCompletions();
    const clock = new SetClock(nowMs);
    return { completions, clock, complete: new CompleteTask(campaigns, completions, clock, new CountingIds()) };
  };

  it.each([
    [1_999, 'NOT_OPEN_YET'],
    [2_000, 'OK'],
    [3_000, 'OK'],
    [3_001, 'CLOSED'],
  ])('at %d: %s', async (nowMs, outcome) => {
    expect((await setUp(nowMs).complete.run('spring', 'u1', 'sign-in')).outcome).toBe(outcome);
  });

  it('says when to come back', async () => {
    expect(await setUp(1_400).complete.run('spring', 'u1', 'sign-in')).toMatchObject({ pollAfterMs: 600 });
  });

  it('counts once, and is answered the same again, also after closing', async () => {
    const { complete, completions, clock } = setUp(2_500);
    const first = await complete.run('spring', 'u1', 'sign-in');
    clock.atMs = 9_000;
    expect(await complete.run('spring', 'u1', 'sign-in')).toEqual(first);
    expect(completions.kept).toHaveLength(1);
    expect(completions.kept[0]).toMatchObject({ draws: 2, completedAtMs: 2_500 });
  });

  it('answers the first completion to one that came second by a hair', async () => {
    const completions = new MemoryCompletions();
    const first = {
      completionId: 'first',
      campaignId: 'spring',
      userId: 'u1',
      taskId: 'sign-in',
      draws: 2,
      completedAtMs: 2_400,
    };
    const looks: (typeof first | undefined)[] = [undefined, first];
    completions.find = async () => looks.shift();
    completions.add = async () => false;
    const complete = new CompleteTask(published(), completions, new SetClock(2_500), new CountingIds());
    expect(await complete.run('spring', 'u1', 'sign-in')).toEqual({ outcome: 'OK', completion: first });
  });

  it.each([
    ['none', 'sign-in', 'NO_SUCH_CAMPAIGN'],
    ['spring', 'none', 'INVALID_REQUEST'],
    ['sale', 'sign-in', 'INVALID_REQUEST'],
  ])('of campaign %s, task %s: %s', async (campaignId, taskId, outcome) => {
    expect((await setUp(2_500).complete.run(campaignId, 'u1', taskId)).outcome).toBe(outcome);
  });

  it('does not know a draft', async () => {
    const { complete } = setUp(2_500, new MemoryCampaigns(draftOf(cardSplit())));
    expect((await complete.run('spring', 'u1', 'sign-in')).outcome).toBe('NO_SUCH_CAMPAIGN');
  });
});

describe('qualifying', () => {
  const redeemed = (changes: Partial<Redeemed> = {}): Redeemed => ({
    eventId: 'e1',
    campaignId: 'spring',
    userId: 'u1',
    redemptionId: 'r1',
    redeemedAtMs: 2_500,
    ...changes,
  });

  it('gives a redeemed set the right to grab in the pool that pays out', async () => {
    const book = new MemoryQualifications();
    expect(await new QualifyUsers(published(), new CountingIds()).run([redeemed()], book)).toEqual([]);
    expect(book.kept).toMatchObject([
      { causationId: 'e1', qualification: { userId: 'u1', poolId: 'cash', redemptionId: 'r1', spent: false } },
    ]);
  });

  it.each([
    ['OUTSIDE_WINDOW', redeemed({ redeemedAtMs: 3_001 })],
    ['OUTSIDE_WINDOW', redeemed({ redeemedAtMs: 1_999 })],
    ['NO_POOL', redeemed({ campaignId: 'sale' })],
    ['UNKNOWN_CAMPAIGN', redeemed({ campaignId: 'none' })],
  ])('%s', async (reason, late) => {
    const book = new MemoryQualifications();
    expect(await new QualifyUsers(published(), new CountingIds()).run([late], book)).toEqual([
      { redeemed: late, reason },
    ]);
    expect(book.kept).toEqual([]);
  });

  it('qualifies each user once, however the redemptions are repeated and cut into batches', async () => {
    const batches = fc.array(fc.array(fc.constantFrom('u1', 'u2', 'u3'), { maxLength: 6 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(batches, async (users) => {
        const book = new MemoryQualifications();
        const qualify = new QualifyUsers(published(), new CountingIds());
        for (const batch of users)
          await qualify.run(
            batch.map((userId) => redeemed({ userId })),
            book,
          );
        const qualified = book.kept.map(({ qualification }) => qualification.userId);
        expect(qualified.sort()).toEqual([...new Set(users.flat())].sort());
      }),
    );
  });
});

describe('asking for the qualification', () => {
  const setUp = () => {
    const qualifications = new MemoryQualifications();
    const tokens = { sign: (claims: object) => JSON.stringify(claims) };
    return { qualifications, get: new GetQualification(published(), qualifications, tokens) };
  };
  const qualification = {
    qualificationId: 'q1',
    campaignId: 'spring',
    userId: 'u1',
    poolId: 'cash',
    redemptionId: 'r1',
    qualifiedAtMs: 2_500,
    spent: false,
  };

  it('signs it for user, campaign and pool until the campaign closes', async () => {
    const { qualifications, get } = setUp();
    await qualifications.add([{ qualification, causationId: 'e1' }]);
    const result = await get.run('spring', 'u1');
    if (result.outcome !== 'OK') throw new Error(result.detail);
    expect(JSON.parse(result.token)).toEqual({
      userId: 'u1',
      campaignId: 'spring',
      poolId: 'cash',
      qualificationId: 'q1',
      expiresAtMs: 5_000,
    });
  });

  it('refuses a user without one, one that is spent, and an unknown campaign', async () => {
    const { qualifications, get } = setUp();
    expect(await get.run('spring', 'u1')).toMatchObject({ outcome: 'NOT_QUALIFIED' });
    await qualifications.add([{ qualification: { ...qualification, spent: true }, causationId: 'e1' }]);
    expect(await get.run('spring', 'u1')).toMatchObject({ outcome: 'QUALIFICATION_SPENT' });
    expect(await get.run('none', 'u1')).toMatchObject({ outcome: 'NO_SUCH_CAMPAIGN' });
  });

  it('shows progress at the entry', async () => {
    const qualifications = new MemoryQualifications();
    const completions = new MemoryCompletions();
    const status = new GetParticipateStatus(published(), completions, qualifications);
    expect(await status.run('spring', 'u1')).toEqual({ outcome: 'OK', tasksCompleted: 0, qualified: false });
    await completions.add({
      completionId: 'c',
      campaignId: 'spring',
      userId: 'u1',
      taskId: 'sign-in',
      draws: 2,
      completedAtMs: 1,
    });
    await qualifications.add([{ qualification, causationId: 'e1' }]);
    expect(await status.run('spring', 'u1')).toEqual({ outcome: 'OK', tasksCompleted: 1, qualified: true });
    expect(await status.run('none', 'u1')).toMatchObject({ outcome: 'NO_SUCH_CAMPAIGN' });
  });
});
