import { cardSplit, timedSale } from './campaign.fixture';
import { CreateCampaign } from './create-campaign';
import { PublishCampaign } from './publish-campaign';
import { MemoryCampaigns, SetClock } from './use-cases.fixture';

describe('creating a campaign', () => {
  const setUp = () => {
    const campaigns = new MemoryCampaigns();
    return { campaigns, create: new CreateCampaign(campaigns, new SetClock(500)) };
  };

  it('keeps a draft', async () => {
    const { campaigns, create } = setUp();
    expect(await create.run(cardSplit(), 'op')).toEqual({
      outcome: 'OK',
      campaign: { ...cardSplit(), state: 'DRAFT' },
    });
    expect(campaigns.kept.get('spring')?.state).toBe('DRAFT');
  });

  it('answers the same spec again with what is kept, also once published', async () => {
    const { campaigns, create } = setUp();
    campaigns.kept.set('spring', { ...cardSplit(), state: 'PUBLISHED' });
    expect(await create.run(cardSplit(), 'op')).toMatchObject({ outcome: 'OK', campaign: { state: 'PUBLISHED' } });
  });

  it('refuses another spec under a taken id', async () => {
    const { create } = setUp();
    await create.run(cardSplit(), 'op');
    expect(await create.run(cardSplit({ titleEn: 'Other' }), 'op')).toMatchObject({
      outcome: 'CONFLICT',
      field: 'campaignId',
    });
  });

  it('refuses what is wrong and keeps nothing', async () => {
    const { campaigns, create } = setUp();
    const refusal = await create.run(cardSplit({ pools: [] }), 'op');
    expect(refusal).toEqual({ outcome: 'INVALID_REQUEST', field: 'pools', detail: 'pools: must have 1 to 16 entries' });
    expect(campaigns.kept.size).toBe(0);
  });
});

describe('publishing a campaign', () => {
  const setUp = (nowMs: number) => {
    const campaigns = new MemoryCampaigns({ ...cardSplit(), state: 'DRAFT' }, { ...timedSale(), state: 'DRAFT' });
    const clock = new SetClock(nowMs);
    return { campaigns, clock, publish: new PublishCampaign(campaigns, clock) };
  };

  it('happens once, and is answered the same again, even after T0', async () => {
    const { campaigns, clock, publish } = setUp(500);
    const first = await publish.run('spring', 'op');
    clock.atMs = 1_000_000;
    expect(await publish.run('spring', 'other')).toEqual(first);
    expect(first).toEqual({ outcome: 'OK', campaign: { ...cardSplit(), state: 'PUBLISHED' } });
    expect(campaigns.published).toBe(1);
  });

  it.each([
    ['spring', 3_999, 'OK'],
    ['spring', 4_000, 'INVALID_REQUEST'],
    ['sale', 1_999, 'OK'],
    ['sale', 2_000, 'INVALID_REQUEST'],
  ])('of %s at %d: %s', async (campaignId, nowMs, outcome) => {
    const { campaigns, publish } = setUp(nowMs);
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
