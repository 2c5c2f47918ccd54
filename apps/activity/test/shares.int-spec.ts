import { type Campaign, type RedemptionsCountedV1, type SetRedeemedV1 } from '@floodgate/contracts';
import { packetCommitment, secretCommitment } from '@floodgate/domain/packets';
import { fen } from '@floodgate/kernel';
import { until } from '@floodgate/testing';
import { type ActivityUnderTest, distinct, startActivity } from './activity-under-test';
import { APPROVER_SECRET, AUTHOR_SECRET, cardSplitMessage, HOUR_MS } from './campaign-messages';

let activity: ActivityUnderTest;

beforeAll(async () => {
  activity = await startActivity();
});

afterAll(async () => {
  await activity.stop();
});

/** A published card split with a pool of one share for everyone qualified, whose time to qualify is over. */
async function publishShares(campaignId: string): Promise<void> {
  const { calls } = activity;
  const base = cardSplitMessage(campaignId, { qualifyUntilMs: Date.now() - 1_000 });
  const pools = base.pools.map((pool) => ({ ...pool, stock: 0, sharePerQualified: true }));
  const campaign: Campaign = { ...base, pools, cards: base.cards.map((card) => ({ ...card, budget: 100 })) };
  await calls.create({ operatorId: 'op', campaign });
  await calls.approve({ operatorId: 'second', campaignId, commitment: secretCommitment(APPROVER_SECRET) });
  await calls.showSecret({ operatorId: 'op', campaignId, secret: AUTHOR_SECRET });
  await calls.showSecret({ operatorId: 'second', campaignId, secret: APPROVER_SECRET });
  await calls.publish({ operatorId: 'op', campaignId });
}

async function redeem(campaignId: string, ...userIds: string[]): Promise<void> {
  const events = userIds.map((userId): SetRedeemedV1 => {
    const id = `${campaignId}-${userId}`;
    const occurredAtMs = String(Date.now() - HOUR_MS / 2);
    return { eventId: `e-${id}`, occurredAtMs, campaignId, causationId: id, userId, redemptionId: id };
  });
  await activity.publisher.publish(
    activity.topics.setRedeemed.topic,
    events.map((message) => ({ key: message.userId, message })),
  );
}

async function tellCount(campaignId: string, count: number): Promise<void> {
  const message: RedemptionsCountedV1 = {
    eventId: `counted-${campaignId}-${count}`,
    occurredAtMs: String(Date.now()),
    campaignId,
    causationId: campaignId,
    count,
  };
  await activity.publisher.publish(activity.topics.redemptionsCounted.topic, [{ key: campaignId, message }]);
}

const poolOf = async (campaignId: string) => (await activity.calls.get({ campaignId })).campaign?.pools[0];
const fixedOf = (id: string) => distinct(activity.fixed.filter(({ campaignId }) => campaignId === id));
const isQualified = async (campaignId: string, userId: string) =>
  (await activity.calls.participateStatus({ campaignId, userId })).qualified;

it('shares are fixed once every redemption that was counted has arrived, and told once', async () => {
  await publishShares('shares');
  expect(activity.fixed).toEqual([]);
  await redeem('shares', 'u1', 'u2');
  await until('both are qualified', async () => (await isQualified('shares', 'u1')) && isQualified('shares', 'u2'));
  await tellCount('shares', 3);
  // Another campaign, told later, is fixed first: what is still on its way is waited for.
  await publishShares('before');
  await redeem('before', 'u1');
  await tellCount('before', 1);
  await until('the other shares-fixed', () => fixedOf('before')[0]);
  await publishShares('nobody');
  await tellCount('nobody', 0);
  expect(await poolOf('shares')).toMatchObject({ stock: 0, packets: { commitment: '' } });

  await redeem('shares', 'u3');
  const event = await until('shares-fixed', () => fixedOf('shares')[0]);
  const seed = event.pool?.packets?.seed ?? '';
  const terms = { mode: 'random', totalFen: fen(1_500), minFen: fen(1), maxFen: fen(500) } as const;
  const commitment = packetCommitment({ campaignId: 'shares', poolId: 'cash', stock: 3, terms, seed });
  expect(event).toMatchObject({
    causationId: 'counted-shares-3',
    pool: { stock: 3, shards: 3, packets: { totalFen: '1500', commitment, authorSecret: AUTHOR_SECRET } },
  });
  expect(Number(event.opensAtMs) - Date.now()).toBeGreaterThan(HOUR_MS);
  const shown = await poolOf('shares');
  expect(shown).toMatchObject({ stock: 3, packets: { commitment, seed: '', authorSecret: '' } });

  await tellCount('shares', 4);
  await redeem('shares', 'straggler');
  await redeem('shares', 'straggler-2');
  await publishShares('next');
  await redeem('next', 'u1');
  await tellCount('next', 1);
  await until('the next shares-fixed', () => fixedOf('next')[0]);
  expect(fixedOf('shares')).toHaveLength(1);
  expect(fixedOf('nobody')).toEqual([]);
  expect(await isQualified('shares', 'straggler')).toBe(false);
  expect(await poolOf('shares')).toEqual(shown);
});
