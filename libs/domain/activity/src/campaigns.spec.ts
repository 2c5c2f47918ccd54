import { packetCommitment, secretCommitment, seedOf } from '@floodgate/domain/packets';
import { fen } from '@floodgate/kernel';
import { ApproveCampaign } from './approve-campaign';
import {
  APPROVER_SECRET,
  AUTHOR_SECRET,
  cardSplit,
  draftOf,
  packetPool,
  publishedOf,
  timedSale,
} from './campaign.fixture';
import { CreateCampaign } from './create-campaign';
import { PublishCampaign } from './publish-campaign';
import { ShowSecret } from './show-secret';
import { MemoryCampaigns, SetClock } from './use-cases.fixture';

describe('creating a campaign', () => {
  const setUp = () => {
    const campaigns = new MemoryCampaigns();
    return { campaigns, create: new CreateCampaign(campaigns, new SetClock(500)) };
  };

  it('keeps a draft', async () => {
    const { campaigns, create } = setUp();
    expect(await create.run(cardSplit(), 'op')).toEqual({ outcome: 'OK', campaign: draftOf(cardSplit()) });
    expect(campaigns.kept.get('spring')?.state).toBe('DRAFT');
  });

  it('answers the same spec again with what is kept, also once published', async () => {
    const { campaigns, create } = setUp();
    campaigns.kept.set('spring', publishedOf(cardSplit()));
    expect(await create.run(cardSplit(), 'op')).toMatchObject({ outcome: 'OK', campaign: { state: 'PUBLISHED' } });
  });

  it.each([
    ['titleEn', cardSplit({ titleEn: 'Other' })],
    ['pools.0.stock', cardSplit({ pools: [packetPool({ stock: 101 })] })],
    ['authorCommitment', cardSplit({ authorCommitment: secretCommitment('c'.repeat(64)) })],
  ])('refuses another %s under a taken id, published or not', async (field, other) => {
    const { campaigns, create } = setUp();
    for (const kept of [draftOf(cardSplit()), publishedOf(cardSplit())]) {
      campaigns.kept.set('spring', kept);
      expect(await create.run(other, 'op')).toMatchObject({ outcome: 'CONFLICT', field });
      expect(campaigns.kept.get('spring')).toBe(kept);
    }
  });

  it('refuses what is wrong and keeps nothing', async () => {
    const { campaigns, create } = setUp();
    const refusal = await create.run(cardSplit({ pools: [] }), 'op');
    expect(refusal).toEqual({ outcome: 'INVALID_REQUEST', field: 'pools', detail: 'pools: must have 1 to 16 entries' });
    expect(campaigns.kept.size).toBe(0);
  });
});

const setUp = (nowMs = 500) => {
  const campaigns = new MemoryCampaigns(draftOf(cardSplit()), draftOf(timedSale()));
  const clock = new SetClock(nowMs);
  const approve = new ApproveCampaign(campaigns, clock);
  const show = new ShowSecret(campaigns);
  return {
    campaigns,
    clock,
    show,
    publish: new PublishCampaign(campaigns, clock),
    approve: (commitment: string, approverId = 'second', campaignId = 'spring') =>
      approve.run({ campaignId, approverId, commitment }),
  };
};

const COMMITMENT = secretCommitment(APPROVER_SECRET);

describe('approving a campaign', () => {
  it('takes the commitment of a second person, once', async () => {
    const { approve } = setUp();
    const first = await approve(COMMITMENT);
    expect(first).toMatchObject({ outcome: 'OK', campaign: { approverCommitment: COMMITMENT, seals: [] } });
    expect(await approve(COMMITMENT)).toEqual(first);
    const other = secretCommitment('c'.repeat(64));
    expect(await approve(other)).toMatchObject({ outcome: 'CONFLICT', field: 'commitment' });
    expect(await approve(COMMITMENT, 'third')).toMatchObject({ outcome: 'CONFLICT', field: 'commitment' });
  });

  it("is refused to the author, and for what is no commitment of one's own", async () => {
    const { approve } = setUp();
    expect(await approve(COMMITMENT, 'op')).toMatchObject({ outcome: 'FORBIDDEN' });
    const refused = { outcome: 'INVALID_REQUEST', field: 'commitment' };
    expect(await approve('b'.repeat(63))).toMatchObject(refused);
    expect(await approve(secretCommitment(AUTHOR_SECRET))).toMatchObject(refused);
    expect(await approve(COMMITMENT, 'second', 'none')).toMatchObject({ outcome: 'NO_SUCH_CAMPAIGN' });
    expect(await approve(COMMITMENT, 'second', 'sale')).toMatchObject({
      outcome: 'INVALID_REQUEST',
      field: 'campaignId',
    });
  });
});

describe('showing the secrets', () => {
  it('is refused until both people have committed to theirs', async () => {
    const { approve, show } = setUp();
    const early = await show.run('spring', 'op', AUTHOR_SECRET);
    expect(early).toMatchObject({ outcome: 'INVALID_REQUEST', field: 'approverCommitment' });
    await approve(COMMITMENT);
    expect(await show.run('spring', 'op', AUTHOR_SECRET)).toMatchObject({ outcome: 'OK' });
  });

  it('takes from each person the secret they committed to, and from nobody else', async () => {
    const { approve, show } = setUp();
    await approve(COMMITMENT);
    const refused = { outcome: 'INVALID_REQUEST', field: 'secret' };
    expect(await show.run('spring', 'op', APPROVER_SECRET)).toMatchObject(refused);
    expect(await show.run('spring', 'second', AUTHOR_SECRET)).toMatchObject(refused);
    expect(await show.run('spring', 'third', AUTHOR_SECRET)).toMatchObject({ outcome: 'FORBIDDEN' });
    expect(await show.run('none', 'op', AUTHOR_SECRET)).toMatchObject({ outcome: 'NO_SUCH_CAMPAIGN' });
    expect(await show.run('spring', 'second', APPROVER_SECRET)).toMatchObject({ outcome: 'OK' });
  });
});

describe('publishing a campaign', () => {
  const ready = async (nowMs: number) => {
    const all = setUp(nowMs);
    await all.approve(COMMITMENT);
    await all.show.run('spring', 'op', AUTHOR_SECRET);
    await all.show.run('spring', 'second', APPROVER_SECRET);
    return all;
  };

  it('happens once, and is answered the same again, even after T0', async () => {
    const { campaigns, clock, publish } = await ready(500);
    const first = await publish.run('spring', 'op');
    clock.atMs = 1_000_000;
    expect(await publish.run('spring', 'other')).toEqual(first);
    expect(first).toEqual({ outcome: 'OK', campaign: publishedOf(cardSplit()) });
    expect(campaigns.published).toBe(1);
  });

  it('fixes the packets out of both secrets', async () => {
    const { publish } = await ready(500);
    const result = await publish.run('spring', 'op');
    const secrets = { authorSecret: AUTHOR_SECRET, approverSecret: APPROVER_SECRET };
    const seed = seedOf({ campaignId: 'spring', poolId: 'cash', ...secrets });
    const terms = { mode: 'random', totalFen: fen(10_000), minFen: fen(1), maxFen: fen(500) } as const;
    const commitment = packetCommitment({ campaignId: 'spring', poolId: 'cash', stock: 100, terms, seed });
    const seal = { poolId: 'cash', ...secrets, seed, fixed: { stock: 100, totalFen: 10_000, commitment } };
    expect(result).toMatchObject({ outcome: 'OK', campaign: { seals: [seal] } });
  });

  it('waits for the approval and for each secret, and names what is missing', async () => {
    const { campaigns, approve, show, publish } = setUp();
    const missing = async () => {
      const result = await publish.run('spring', 'op');
      return 'field' in result ? result.field : result.outcome;
    };
    expect(await missing()).toBe('approverCommitment');
    await approve(COMMITMENT);
    expect(await missing()).toBe('authorSecret');
    await show.run('spring', 'op', AUTHOR_SECRET);
    expect(await missing()).toBe('approverSecret');
    expect(campaigns.published).toBe(0);
    await show.run('spring', 'second', APPROVER_SECRET);
    expect(await missing()).toBe('OK');
  });

  it.each([
    ['spring', 3_999, 'OK'],
    ['spring', 4_000, 'INVALID_REQUEST'],
    ['sale', 1_999, 'OK'],
    ['sale', 2_000, 'INVALID_REQUEST'],
  ])('of %s at %d: %s', async (campaignId, nowMs, outcome) => {
    const { campaigns, publish } = await ready(nowMs);
    expect((await publish.run(campaignId, 'op')).outcome).toBe(outcome);
    expect(campaigns.published).toBe(outcome === 'OK' ? 1 : 0);
  });

  it('names the field of a T0 in the past', async () => {
    expect(await setUp(9_000).publish.run('spring', 'op')).toMatchObject({ field: 'timeline.splitAtMs' });
    expect(await setUp(9_000).publish.run('sale', 'op')).toMatchObject({ field: 'timeline.opensAtMs' });
  });

  it('refuses a campaign that is not there', async () => {
    expect(await setUp(0).publish.run('none', 'op')).toMatchObject({ outcome: 'NO_SUCH_CAMPAIGN' });
  });
});
