import { selectRows } from '@floodgate/adapters/mysql';
import { PacketMode, type PacketSpec, type PoolSpec } from '@floodgate/contracts';
import { packetCommitment, secretCommitment, seedOf } from '@floodgate/domain/packets';
import { fen, OutcomeError } from '@floodgate/kernel';
import { until } from '@floodgate/testing';
import { type ActivityUnderTest, startActivity } from './activity-under-test';
import { APPROVER_SECRET, AUTHOR_SECRET, cardSplitMessage, saleMessage } from './campaign-messages';

let activity: ActivityUnderTest;

beforeAll(async () => {
  activity = await startActivity();
});

afterAll(async () => {
  await activity.stop();
});

const author = 'op';
const approver = 'second';
const commitment = secretCommitment(APPROVER_SECRET);

/** Outcome and field of a refusal, or OK. */
async function answerOf(call: Promise<unknown>): Promise<{ outcome: string; field?: string | undefined }> {
  try {
    await call;
    return { outcome: 'OK' };
  } catch (error) {
    if (!(error instanceof OutcomeError)) throw error;
    return { outcome: error.outcome, field: error.field };
  }
}

const approve = (campaignId: string, operatorId = approver) =>
  activity.calls.approve({ operatorId, campaignId, commitment });
const show = (campaignId: string, operatorId: string, secret: string) =>
  activity.calls.showSecret({ operatorId, campaignId, secret });
const publish = (campaignId: string) => activity.calls.publish({ operatorId: author, campaignId });
const draft = (campaignId: string) =>
  activity.calls.create({ operatorId: author, campaign: cardSplitMessage(campaignId) });

it('a campaign with packets is published once two people have committed to a secret each and shown it', async () => {
  await draft('steps');
  expect(await answerOf(publish('steps'))).toEqual({ outcome: 'INVALID_REQUEST', field: 'approverCommitment' });
  expect(await answerOf(approve('steps', author))).toMatchObject({ outcome: 'FORBIDDEN' });
  expect(await answerOf(show('steps', author, AUTHOR_SECRET))).toEqual({
    outcome: 'INVALID_REQUEST',
    field: 'approverCommitment',
  });
  expect((await approve('steps')).campaign).toMatchObject({ approverCommitment: commitment });
  expect(await answerOf(approve('steps', 'third'))).toEqual({ outcome: 'CONFLICT', field: 'commitment' });
  expect(await answerOf(publish('steps'))).toEqual({ outcome: 'INVALID_REQUEST', field: 'authorSecret' });
  expect(await answerOf(show('steps', author, APPROVER_SECRET))).toEqual({
    outcome: 'INVALID_REQUEST',
    field: 'secret',
  });
  await show('steps', author, AUTHOR_SECRET);
  expect(await answerOf(publish('steps'))).toEqual({ outcome: 'INVALID_REQUEST', field: 'approverSecret' });
  await show('steps', approver, APPROVER_SECRET);
  expect(await answerOf(publish('steps'))).toEqual({ outcome: 'OK' });
  expect(await answerOf(approve('steps'))).toEqual({ outcome: 'OK' });
});

it('of people who approve at the same time one does', async () => {
  await draft('race');
  const people = Array.from({ length: 8 }, (_, index) => `person-${index}`);
  const answers = await Promise.all(people.map((person) => answerOf(approve('race', person))));
  expect(answers.filter(({ outcome }) => outcome === 'OK')).toHaveLength(1);
  expect(answers.filter(({ outcome }) => outcome === 'CONFLICT')).toHaveLength(7);
});

it('a sale needs no second person', async () => {
  await activity.calls.create({ operatorId: author, campaign: saleMessage('sale') });
  expect(await answerOf(approve('sale'))).toEqual({ outcome: 'INVALID_REQUEST', field: 'campaignId' });
  expect(await answerOf(publish('sale'))).toEqual({ outcome: 'OK' });
});

it('the seed goes to the other services and to nobody else; everyone is told the commitment', async () => {
  const { calls, published, database } = activity;
  await draft('told');
  await approve('told');
  await show('told', author, AUTHOR_SECRET);
  await show('told', approver, APPROVER_SECRET);
  await publish('told');
  const secrets = { authorSecret: AUTHOR_SECRET, approverSecret: APPROVER_SECRET };
  const seed = seedOf({ campaignId: 'told', poolId: 'cash', ...secrets });
  const terms = { mode: 'random', totalFen: fen(10_000), minFen: fen(1), maxFen: fen(500) } as const;
  const sealed = packetCommitment({ campaignId: 'told', poolId: 'cash', stock: 100, terms, seed });
  const event = await until('campaign-published', () => published.find(({ campaignId }) => campaignId === 'told'));
  expect(event.campaign?.pools[0]?.packets).toMatchObject({ ...secrets, seed, commitment: sealed });

  const answers = [
    await approve('told'),
    await show('told', author, AUTHOR_SECRET),
    await publish('told'),
    await calls.get({ campaignId: 'told' }),
    { campaign: (await calls.list()).campaigns.find(({ campaignId }) => campaignId === 'told') },
  ];
  const untold: Partial<PacketSpec> = { commitment: sealed, seed: '', authorSecret: '', approverSecret: '' };
  for (const { campaign } of answers) expect(campaign?.pools[0]?.packets).toMatchObject(untold);
  const rows = await selectRows(database.dataSource, `SELECT spec FROM campaigns WHERE campaign_id = 'told'`);
  expect(JSON.stringify(rows)).not.toContain(seed);
});

describe('a campaign whose packets cannot be is refused, and nothing is kept', () => {
  const pool = cardSplitMessage('bad').pools[0];
  const packets = pool?.packets;
  if (packets === undefined) throw new Error('the message has a pool with packets');
  it.each([
    ['no units', { stock: 0 }, 'pools.0.stock'],
    ['10^9 units', { stock: 1_000_000_000 }, 'pools.0.stock'],
    ['more shards than units', { stock: 3, shards: 4 }, 'pools.0.shards'],
    ['minimums above the pool', { packets: { ...packets, minFen: '101' } }, 'pools.0.packets.totalFen'],
    ['maximums below the pool', { packets: { ...packets, maxFen: '99' } }, 'pools.0.packets.totalFen'],
    ['a minimum above the maximum', { packets: { ...packets, minFen: '9', maxFen: '8' } }, 'pools.0.packets.maxFen'],
    [
      'levels that do not add up',
      {
        packets: {
          ...packets,
          mode: PacketMode.PACKET_MODE_LEVELS,
          minFen: '0',
          maxFen: '0',
          levels: [{ amountFen: '99', count: 100 }],
        },
      },
      'pools.0.packets.levels',
    ],
  ])('%s', async (_, changes, field) => {
    const campaign = { ...cardSplitMessage('bad'), pools: [{ ...pool, ...changes } as PoolSpec] };
    const create = activity.calls.create({ operatorId: author, campaign });
    expect(await answerOf(create)).toEqual({ outcome: 'INVALID_REQUEST', field });
    expect(await answerOf(activity.calls.get({ campaignId: 'bad' }))).toMatchObject({ outcome: 'NO_SUCH_CAMPAIGN' });
  });

  it('another stock for a campaign that is published', async () => {
    const campaign = saleMessage('republished');
    await activity.calls.create({ operatorId: author, campaign });
    await publish('republished');
    const [goods] = campaign.pools;
    if (goods === undefined) throw new Error('the message has a pool');
    const other = { ...campaign, pools: [{ ...goods, stock: 11 }] };
    const again = activity.calls.create({ operatorId: author, campaign: other });
    expect(await answerOf(again)).toEqual({ outcome: 'CONFLICT', field: 'pools.0.stock' });
    expect((await activity.calls.get({ campaignId: 'republished' })).campaign?.pools[0]?.stock).toBe(10);
  });
});
