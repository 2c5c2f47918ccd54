import { packetCommitment } from '@floodgate/domain/packets';
import { fen } from '@floodgate/kernel';
import { type PacketSpec } from './campaign';
import { cardSplit, packetPool, publishedOf } from './campaign.fixture';
import { FixShares } from './fix-shares';
import { QualifyUsers } from './qualify-users';
import { CountingIds, MemoryCampaigns, MemoryQualifications, MemorySharesToFix, SetClock } from './use-cases.fixture';

const packets: PacketSpec = { mode: 'RANDOM', totalFen: 10_000, minFen: 1, maxFen: 500, levels: [] };

function setUp(changes: Partial<PacketSpec> = {}) {
  const pool = packetPool({ sharePerQualified: true, stock: 0, packets: { ...packets, ...changes } });
  const campaigns = new MemoryCampaigns(publishedOf(cardSplit({ pools: [pool] })));
  const shares = new MemorySharesToFix(campaigns);
  const fixed = () => campaigns.kept.get('spring')?.seals[0]?.fixed;
  return { campaigns, shares, fixed, fixShares: new FixShares(shares, new SetClock(3_500)) };
}

it('nothing is fixed at publishing, and all of it once everyone is counted', async () => {
  const { campaigns, shares, fixed, fixShares } = setUp();
  expect(fixed()).toBeUndefined();
  shares.counts.set('spring', { redemptions: 40, qualifications: 39 });
  expect(await fixShares.run()).toEqual(['spring']);
  expect(fixed()).toBeUndefined();
  shares.counts.set('spring', { redemptions: 40, qualifications: 40 });
  expect(await fixShares.run()).toEqual([]);
  const seed = campaigns.kept.get('spring')?.seals[0]?.seed ?? '';
  const terms = { mode: 'random', totalFen: fen(10_000), minFen: fen(1), maxFen: fen(500) } as const;
  const commitment = packetCommitment({ campaignId: 'spring', poolId: 'cash', stock: 40, terms, seed });
  expect(fixed()).toEqual({ stock: 40, totalFen: 10_000, commitment });
});

it('a fixed pool stays as it is', async () => {
  const { shares, fixed, fixShares } = setUp();
  shares.counts.set('spring', { redemptions: 40, qualifications: 40 });
  await fixShares.run();
  const first = fixed();
  shares.counts.set('spring', { redemptions: 40, qualifications: 41 });
  await fixShares.run();
  expect(fixed()).toEqual(first);
});

it.each([
  ['what few people cannot take under their maximum stays in the pool', {}, 3, { stock: 3, totalFen: 1_500 }],
  [
    'equal shares without bounds take all',
    { mode: 'EQUAL', minFen: 0, maxFen: 0 } as const,
    3,
    { stock: 3, totalFen: 10_000 },
  ],
  ['nobody leaves all of it', {}, 0, { stock: 0, totalFen: 0, commitment: '' }],
])('%s', async (_, changes, qualified, expected) => {
  const { shares, fixed, fixShares } = setUp(changes);
  shares.counts.set('spring', { redemptions: qualified, qualifications: qualified });
  await fixShares.run();
  expect(fixed()).toMatchObject(expected);
});

it('nobody qualifies for a share that was not counted', async () => {
  const { campaigns, shares, fixShares } = setUp();
  const book = new MemoryQualifications();
  const qualify = (userId: string) =>
    new QualifyUsers(campaigns, new CountingIds()).run(
      [{ campaignId: 'spring', userId, eventId: `e-${userId}`, redemptionId: `r-${userId}`, redeemedAtMs: 3_000 }],
      book,
    );
  expect(await qualify('in-time')).toEqual([]);
  shares.counts.set('spring', { redemptions: 1, qualifications: 1 });
  await fixShares.run();
  expect(await qualify('straggler')).toMatchObject([{ reason: 'COUNTED_BEFORE' }]);
  expect(book.kept).toHaveLength(1);
});
