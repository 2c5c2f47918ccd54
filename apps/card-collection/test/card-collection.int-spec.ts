import { selectRows } from '@floodgate/adapters/mysql';
import { type cardCollectionV1, type TaskCompletedV1 } from '@floodgate/contracts';
import { OutcomeError } from '@floodgate/kernel';
import { until } from '@floodgate/testing';
import { type CardCollectionUnderTest, startCardCollection } from './card-collection-under-test';
import { campaignPublished, HOUR_MS, taskCompleted } from './input-events';

/** Longer than the clock that follows the database's may be out on a machine that stands still now and then. */
const MINUTE_MS = 60_000;

let collection: CardCollectionUnderTest;

beforeAll(async () => {
  collection = await startCardCollection();
});

afterAll(async () => {
  await collection.stop();
});

async function publishCampaign(...args: Parameters<typeof campaignPublished>): Promise<void> {
  const { publisher, topics, database } = collection;
  const [campaignId] = args;
  const message = campaignPublished(...args);
  await publisher.publish(topics.campaignPublished.topic, [
    { key: 'op', message },
    { key: 'op', message },
  ]);
  await until(`campaign ${campaignId}`, async () => (await rows(database, 'campaigns', campaignId)) === 1);
}

async function tell(...events: TaskCompletedV1[]): Promise<void> {
  const { publisher, topics } = collection;
  await publisher.publish(
    topics.taskCompleted.topic,
    events.map((message) => ({ key: message.userId, message })),
  );
}

/** Gives each user draws and waits until they are counted. */
async function giveDraws(campaignId: string, draws: number, ...userIds: string[]): Promise<void> {
  await tell(...userIds.map((userId) => taskCompleted(campaignId, userId, draws, `c-${campaignId}-${userId}`)));
  for (const userId of userIds) {
    await until(
      `draws of ${userId}`,
      async () => (await collection.calls.cards({ campaignId, userId })).drawsLeft === draws,
    );
  }
}

type Settled =
  { outcome: 'OK'; cardId: string; drawsLeft: number } | Pick<OutcomeError, 'outcome' | 'field' | 'pollAfterMs'>;

async function draw(request: cardCollectionV1.DrawRequest): Promise<Settled> {
  try {
    return { outcome: 'OK', ...(await collection.calls.draw(request)) };
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): Pick<OutcomeError, 'outcome' | 'field' | 'pollAfterMs'> {
  if (!(error instanceof OutcomeError)) throw error;
  const { outcome, field, pollAfterMs } = error;
  return { outcome, field, pollAfterMs };
}

async function redeem(campaignId: string, userId: string): Promise<{ outcome: string; redemptionId?: string }> {
  return collection.calls.redeem({ campaignId, userId }).then(
    ({ redemptionId }) => ({ outcome: 'OK', redemptionId }),
    (error: unknown) => refusal(error),
  );
}

async function rows(
  { dataSource }: CardCollectionUnderTest['database'],
  table: string,
  campaignId: string,
): Promise<number> {
  const [row] = await selectRows<{ found: number }>(
    dataSource,
    `SELECT COUNT(*) AS found FROM ${table} WHERE campaign_id = ?`,
    [campaignId],
  );
  return Number(row?.found);
}

const count = (table: string, campaignId: string): Promise<number> => rows(collection.database, table, campaignId);

async function sum(column: string, table: string, campaignId: string): Promise<number> {
  const [row] = await selectRows<{ total: string }>(
    collection.database.dataSource,
    `SELECT COALESCE(SUM(${column}), 0) AS total FROM ${table} WHERE campaign_id = ?`,
    [campaignId],
  );
  return Number(row?.total);
}

/** The outbox may publish an event more than once. */
const once = <E extends { readonly eventId: string }>(events: readonly E[]): E[] => [
  ...new Map(events.map((event) => [event.eventId, event])).values(),
];

const outcomesOf = (answers: readonly { outcome: string }[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { outcome } of answers) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
};

/** Runs `work` while another transaction holds the lock that `statement` takes, and lets go of it whatever happens. */
async function whileLocked<T>(statement: string, work: () => Promise<T>): Promise<T> {
  const blocker = collection.database.dataSource.createQueryRunner();
  await blocker.startTransaction();
  try {
    await blocker.query(statement);
    return await work();
  } finally {
    await blocker.rollbackTransaction();
    await blocker.release();
  }
}

/** Kills the connection on which a statement that begins like this is waiting. */
async function killWhoWaitsIn(statement: string): Promise<void> {
  const { dataSource, name } = collection.database;
  const connectionId = await until(`a connection in ${statement}`, async () => {
    const [waiting] = await selectRows<{ id: number }>(
      dataSource,
      'SELECT id AS id FROM information_schema.processlist WHERE db = ? AND info LIKE ?',
      [name, `${statement}%`],
    );
    return waiting?.id;
  });
  await dataSource.query(`KILL ${connectionId}`);
}

describe('draws', () => {
  it('50 at once with one credit give exactly one card', async () => {
    await publishCampaign('one-credit', { luck: 100, joy: 100 });
    await giveDraws('one-credit', 1, 'u1');
    const requests = Array.from({ length: 50 }, (_, index) => ({
      campaignId: 'one-credit',
      userId: 'u1',
      drawId: `one-${index}`,
    }));
    const answers = await Promise.all(requests.map(draw));
    expect(outcomesOf(answers)).toEqual({ OK: 1, NO_DRAWS_LEFT: 49 });
    expect(await count('draws', 'one-credit')).toBe(1);
    expect(await sum('minted', 'cards', 'one-credit')).toBe(1);
    expect(await sum('held', 'held_cards', 'one-credit')).toBe(1);
  });

  it('50 at once with the same drawId give 50 equal answers and one event', async () => {
    await publishCampaign('one-draw', { luck: 100, joy: 100 });
    await giveDraws('one-draw', 3, 'u1');
    const request = { campaignId: 'one-draw', userId: 'u1', drawId: 'the-same' };
    const answers = await Promise.all(Array.from({ length: 50 }, () => draw(request)));
    const [first] = answers;
    expect(first).toMatchObject({ outcome: 'OK', drawsLeft: 2 });
    for (const answer of answers) expect(answer).toEqual(first);
    expect(await count('draws', 'one-draw')).toBe(1);
    await until('card-drawn', () => collection.drawn.some(({ drawId }) => drawId === 'the-same'));
    await draw({ ...request, drawId: 'the-next' });
    await until('the next card-drawn', () => collection.drawn.some(({ drawId }) => drawId === 'the-next'));
    expect(once(collection.drawn.filter(({ drawId }) => drawId === 'the-same'))).toMatchObject([
      { userId: 'u1', causationId: 'the-same' },
    ]);
  });

  it('with the equal drawId of another user are draws of their own, even at the same time', async () => {
    await publishCampaign('same-id', { luck: 100 });
    const users = Array.from({ length: 10 }, (_, index) => `u${index}`);
    await giveDraws('same-id', 1, ...users);
    const answers = await Promise.all(
      users.map((userId) => draw({ campaignId: 'same-id', userId, drawId: 'contested' })),
    );
    expect(outcomesOf(answers)).toEqual({ OK: 10 });
    expect(await sum('used', 'draw_balances', 'same-id')).toBe(10);
  });

  it('by 16 writers at once never pass a budget, and use up every one of them', async () => {
    const budgets = { luck: 11, joy: 7, health: 2 };
    await publishCampaign('budget', budgets);
    const users = Array.from({ length: 16 }, (_, index) => `w${index}`);
    await giveDraws('budget', 4, ...users);
    const writers = users.map(async (userId) => {
      const answers: Settled[] = [];
      for (let turn = 0; turn < 4; turn++)
        answers.push(await draw({ campaignId: 'budget', userId, drawId: `${userId}-${turn}` }));
      return answers;
    });
    const answers = (await Promise.all(writers)).flat();
    expect(outcomesOf(answers)).toEqual({ OK: 20, SOLD_OUT: 44 });
    for (const [cardId, budget] of Object.entries(budgets)) {
      expect(answers.filter((answer) => 'cardId' in answer && answer.cardId === cardId)).toHaveLength(budget);
    }
    expect(await sum('minted', 'cards', 'budget')).toBe(20);
    expect(await sum('held', 'held_cards', 'budget')).toBe(20);
    expect(await sum('used', 'draw_balances', 'budget')).toBe(20);
  });

  it('are refused outside the window and for campaigns without cards', async () => {
    const nowMs = Date.now();
    await publishCampaign('closed', { luck: 1 }, { qualifyUntilMs: nowMs - MINUTE_MS });
    await publishCampaign('early', { luck: 1 }, { opensAtMs: nowMs + HOUR_MS / 2 });
    await publishCampaign('sale', {}, { qualifyUntilMs: 0 });
    const at = (campaignId: string) => draw({ campaignId, userId: 'u1', drawId: `at-${campaignId}` });
    expect(await at('closed')).toMatchObject({ outcome: 'CLOSED' });
    expect(await at('early')).toMatchObject({ outcome: 'NOT_OPEN_YET', pollAfterMs: 60_000 });
    expect(await at('sale')).toMatchObject({ outcome: 'NO_SUCH_CAMPAIGN' });
    expect(await at('none')).toMatchObject({ outcome: 'NO_SUCH_CAMPAIGN' });
    expect(await at('not an id')).toMatchObject({ outcome: 'INVALID_REQUEST', field: 'campaignId' });
  });

  it('wait for a campaign that is still on its way', async () => {
    await tell(taskCompleted('coming', 'u1', 1, 'c-coming'));
    await until('the draw counted', async () => (await count('draw_balances', 'coming')) === 1);
    expect(await draw({ campaignId: 'coming', userId: 'u1', drawId: 'coming' })).toMatchObject({
      outcome: 'WAIT',
      pollAfterMs: 500,
    });
    await publishCampaign('coming', { luck: 1 });
    expect(await draw({ campaignId: 'coming', userId: 'u1', drawId: 'coming' })).toMatchObject({
      outcome: 'OK',
      cardId: 'luck',
    });
  });

  it('whose connection is killed before the commit leave nothing behind, and the retry is the same draw', async () => {
    await publishCampaign('killed', { luck: 5 });
    await giveDraws('killed', 1, 'u1');
    const request = { campaignId: 'killed', userId: 'u1', drawId: 'killed-draw' };
    const lost = await whileLocked("SELECT minted FROM cards WHERE campaign_id = 'killed' FOR UPDATE", async () => {
      const answer = draw(request);
      await killWhoWaitsIn('UPDATE cards');
      return answer;
    });
    expect(lost).not.toMatchObject({ outcome: 'OK' });
    expect(await count('draws', 'killed')).toBe(0);
    expect(await count('held_cards', 'killed')).toBe(0);
    expect(await sum('used', 'draw_balances', 'killed')).toBe(0);
    expect(await draw(request)).toEqual({ outcome: 'OK', cardId: 'luck', drawsLeft: 0 });
    expect(await draw(request)).toEqual({ outcome: 'OK', cardId: 'luck', drawsLeft: 0 });
    expect(await sum('minted', 'cards', 'killed')).toBe(1);
  });
});

describe('tasks', () => {
  it('told again, in one batch or a later one, earn their draws once', async () => {
    await publishCampaign('redelivered', { luck: 10 });
    const first = taskCompleted('redelivered', 'u1', 2, 'c-first');
    const second = taskCompleted('redelivered', 'u1', 3, 'c-second');
    await tell(first, first, second);
    await tell(first);
    await tell({ ...first, eventId: 'under another event id' }, taskCompleted('redelivered', 'last', 1, 'c-last'));
    await until(
      'the last is counted',
      async () => (await collection.calls.cards({ campaignId: 'redelivered', userId: 'last' })).drawsLeft === 1,
    );
    const { drawsLeft } = await collection.calls.cards({ campaignId: 'redelivered', userId: 'u1' });
    expect(drawsLeft).toBe(5);
    expect(await count('draw_credits', 'redelivered')).toBe(3);
    expect(collection.setAside).toEqual([]);
  });
});

describe('redemptions', () => {
  async function collectSet(campaignId: string, userId: string): Promise<void> {
    await giveDraws(campaignId, 2, userId);
    for (const turn of [1, 2]) await draw({ campaignId, userId, drawId: `${campaignId}-${userId}-${turn}` });
  }

  it('50 at once are one, which takes one of each card', async () => {
    await publishCampaign('set', { luck: 1, joy: 1 });
    await collectSet('set', 'u1');
    const before = await collection.calls.cards({ campaignId: 'set', userId: 'u1' });
    expect(before).toMatchObject({ setComplete: true, redeemed: false, drawsLeft: 0 });
    const answers = await Promise.all(Array.from({ length: 50 }, () => redeem('set', 'u1')));
    expect(outcomesOf(answers)).toEqual({ OK: 50 });
    expect(new Set(answers.map(({ redemptionId }) => redemptionId)).size).toBe(1);
    expect(await count('redemptions', 'set')).toBe(1);
    const after = await collection.calls.cards({ campaignId: 'set', userId: 'u1' });
    expect(after).toEqual({ cards: [], setComplete: false, redeemed: true, drawsLeft: 0 });
    const event = await until('set-redeemed', () => collection.redeemed.find(({ campaignId }) => campaignId === 'set'));
    expect(event).toMatchObject({ userId: 'u1', redemptionId: answers[0]?.redemptionId });
  });

  it('of an incomplete set take nothing', async () => {
    await publishCampaign('incomplete', { luck: 5, joy: 1 });
    await giveDraws('incomplete', 1, 'u1');
    await draw({ campaignId: 'incomplete', userId: 'u1', drawId: 'incomplete-1' });
    expect(await redeem('incomplete', 'u1')).toMatchObject({ outcome: 'SET_INCOMPLETE' });
    expect(await sum('held', 'held_cards', 'incomplete')).toBe(1);
    expect(await redeem('incomplete', 'nobody')).toMatchObject({ outcome: 'SET_INCOMPLETE' });
  });

  it('after qualifyUntil are refused, unless they were made before', async () => {
    await publishCampaign('set-late', { luck: 1, joy: 1 });
    await collectSet('set-late', 'u1');
    const first = await redeem('set-late', 'u1');
    await publishCampaign('set-closed', { luck: 1 }, { qualifyUntilMs: Date.now() - MINUTE_MS });
    await collection.database.dataSource.query(
      `INSERT INTO redemptions (redemption_id, campaign_id, user_id, redeemed_at_ms)
       SELECT 'earlier', 'set-closed', user_id, redeemed_at_ms FROM redemptions WHERE campaign_id = 'set-late'`,
    );
    expect(await redeem('set-closed', 'u1')).toEqual({ outcome: 'OK', redemptionId: 'earlier' });
    expect(await redeem('set-closed', 'u2')).toMatchObject({ outcome: 'CLOSED' });
    expect(first.outcome).toBe('OK');
  });

  it('are counted once, a while after the last could be made', async () => {
    await publishCampaign('counted', { luck: 1, joy: 1 });
    await collectSet('counted', 'u1');
    await redeem('counted', 'u1');
    // Before the other campaigns of this suite, and later than now: what counts by itself leaves it alone.
    const endsAtMs = Date.now() + 10 * MINUTE_MS;
    const sql = `UPDATE campaigns SET qualify_until_ms = ? WHERE campaign_id = 'counted'`;
    await collection.database.dataSource.query(sql, [endsAtMs]);
    // Redemptions may still be on their way into the database.
    await collection.counts.countDue(endsAtMs + 1_000);
    await publishCampaign('counted-empty', { luck: 1 }, { qualifyUntilMs: Date.now() - HOUR_MS });
    const countOf = (id: string) => once(collection.counted.filter(({ campaignId }) => campaignId === id));
    expect(await until('the empty count', () => countOf('counted-empty')[0])).toMatchObject({ count: 0 });
    expect(countOf('counted')).toEqual([]);
    const longAfterMs = endsAtMs + 10 * MINUTE_MS;
    await Promise.all([collection.counts.countDue(longAfterMs), collection.counts.countDue(longAfterMs)]);
    expect(await until('the count', () => countOf('counted')[0])).toMatchObject({ count: 1 });
    expect(countOf('counted-empty')).toHaveLength(1);
    expect(countOf('set')).toEqual([]);
  });
});
