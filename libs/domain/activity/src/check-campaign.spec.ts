import fc from 'fast-check';
import { type CampaignSpec, type PacketSpec, type PoolSpec, type Timeline } from './campaign';
import { cardSplit, packetPool, timedSale } from './campaign.fixture';
import { LIMITS } from './campaign-limits';
import { checkCampaign } from './check-campaign';

const fieldOf = (spec: CampaignSpec): string | undefined => checkCampaign(spec)?.field;
const [card] = cardSplit().cards;
const [task] = cardSplit().tasks;
if (card === undefined || task === undefined) throw new Error('the fixture has a card and a task');

const withPackets = (changes: Partial<PacketSpec>): CampaignSpec => {
  const packets: PacketSpec = { mode: 'RANDOM', totalFen: 10_000, minFen: 1, maxFen: 500, levels: [], ...changes };
  return cardSplit({ pools: [packetPool({ packets })] });
};
const withPrice = (priceFen: number, payWithinMs: number): CampaignSpec =>
  timedSale({ pools: [packetPool({ settlement: 'ORDER', packets: undefined, price: { priceFen, payWithinMs } })] });
const onSale = timedSale().pools;

const withLevels = (...levels: PacketSpec['levels']): CampaignSpec =>
  withPackets({ mode: 'LEVELS', minFen: 0, maxFen: 0, levels });

/** A pool of one share for everyone qualified; at most ten can, as there are ten of the rarest card. */
const withShares = (pool: Partial<PoolSpec> = {}, changes: Partial<CampaignSpec> = {}): CampaignSpec =>
  cardSplit({
    timeline: { ...cardSplit().timeline, splitAtMs: 13_000, closesAtMs: 14_000, settleByMs: 15_000 },
    pools: [packetPool({ sharePerQualified: true, stock: 0, ...pool })],
    ...changes,
  });
const sharePackets = (changes: Partial<PacketSpec>): CampaignSpec =>
  withShares({ packets: { mode: 'RANDOM', totalFen: 10_000, minFen: 1, maxFen: 500, levels: [], ...changes } });

describe('a campaign is accepted', () => {
  it.each([
    ['card split', cardSplit()],
    ['timed sale', timedSale()],
    ['card split that also sells', cardSplit({ pools: [packetPool(), ...onSale] })],
    ['equal packets without bounds', withPackets({ mode: 'EQUAL', minFen: 0, maxFen: 0 })],
    ['packets of two levels', withLevels({ amountFen: 5_050, count: 1 }, { amountFen: 50, count: 99 })],
    ['one share for everyone qualified', withShares()],
    ['shares of which few get their maximum', sharePackets({ maxFen: 2 })],
    ['one unit in one shard', cardSplit({ pools: [packetPool({ stock: 1, shards: 1, packets: packetsOf(7) })] })],
  ])('%s', (_name, spec) => {
    expect(checkCampaign(spec)).toBeUndefined();
  });
});

function packetsOf(totalFen: number): PacketSpec {
  return { mode: 'EQUAL', totalFen, minFen: 0, maxFen: 0, levels: [] };
}

describe('a campaign is refused, naming the field', () => {
  const many = <T>(count: number, one: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => one(index));
  it.each<[string, CampaignSpec]>([
    ['campaignId', cardSplit({ campaignId: '' })],
    ['campaignId', cardSplit({ campaignId: '../etc' })],
    ['titleZh', cardSplit({ titleZh: ' ' })],
    ['titleEn', cardSplit({ titleEn: 'x'.repeat(201) })],
    ['cards', cardSplit({ cards: [] })],
    ['cards', cardSplit({ cards: many(65, (index) => ({ ...card, cardId: `c${index}` })) })],
    ['cards.1.cardId', cardSplit({ cards: [card, card] })],
    ['cards.0.cardId', cardSplit({ cards: [{ ...card, cardId: '' }] })],
    ['cards.0.nameZh', cardSplit({ cards: [{ ...card, nameZh: '' }] })],
    ['cards.0.nameEn', cardSplit({ cards: [{ ...card, nameEn: 'x'.repeat(101) }] })],
    ['cards.0.weight', cardSplit({ cards: [{ ...card, weight: 0 }] })],
    ['cards.0.budget', cardSplit({ cards: [{ ...card, budget: 0 }] })],
    ['tasks', cardSplit({ tasks: [] })],
    ['tasks.1.taskId', cardSplit({ tasks: [task, task] })],
    ['tasks.0.nameZh', cardSplit({ tasks: [{ ...task, nameZh: '' }] })],
    ['tasks.0.nameEn', cardSplit({ tasks: [{ ...task, nameEn: '' }] })],
    ['tasks.0.draws', cardSplit({ tasks: [{ ...task, draws: 1_001 }] })],
    ['pools', cardSplit({ pools: [] })],
    ['pools', cardSplit({ pools: onSale })],
    ['pools.1.poolId', cardSplit({ pools: [packetPool(), packetPool()] })],
    ['pools.0.stock', cardSplit({ pools: [packetPool({ stock: 0 })] })],
    ['pools.0.stock', cardSplit({ pools: [packetPool({ stock: 100_000_001 })] })],
    ['pools.0.shards', cardSplit({ pools: [packetPool({ shards: 0 })] })],
    ['pools.0.shards', cardSplit({ pools: [packetPool({ stock: 2_000, shards: 1_025 })] })],
    ['pools.0.shards', cardSplit({ pools: [packetPool({ stock: 3, shards: 4 })] })],
    ['pools.0.packets', cardSplit({ pools: [packetPool({ packets: undefined })] })],
    ['pools.0.price', cardSplit({ pools: [packetPool({ price: { priceFen: 1, payWithinMs: 1_000 } })] })],
    ['pools.0.packets.totalFen', withPackets({ totalFen: 0 })],
    ['pools.0.packets.totalFen', withPackets({ totalFen: 99 })],
    ['pools.0.packets.totalFen', withPackets({ totalFen: 50_001 })],
    ['pools.0.packets.totalFen', withPackets({ minFen: 101 })],
    ['pools.0.packets.minFen', withPackets({ minFen: 0 })],
    ['pools.0.packets.maxFen', withPackets({ minFen: 10, maxFen: 9 })],
    ['pools.0.packets.levels', withPackets({ levels: [{ amountFen: 100, count: 100 }] })],
    ['pools.0.packets.levels', withLevels()],
    ['pools.0.packets.levels', withLevels(...many(65, () => ({ amountFen: 100, count: 1 })))],
    ['pools.0.packets.levels', withLevels({ amountFen: 100, count: 99 })],
    ['pools.0.packets.levels', withLevels({ amountFen: 99, count: 99 }, { amountFen: 198, count: 1 })],
    ['pools.0.packets.levels.0.amountFen', withLevels({ amountFen: 0, count: 100 })],
    ['pools.0.packets.levels.1.count', withLevels({ amountFen: 100, count: 100 }, { amountFen: 1, count: 0 })],
    ['pools.0.packets.minFen', withPackets({ mode: 'LEVELS', levels: [{ amountFen: 100, count: 100 }] })],
    ['pools.0.stock', withShares({ stock: 10 })],
    ['pools.0.packets.mode', sharePackets({ mode: 'LEVELS', minFen: 0, maxFen: 0 })],
    ['pools.0.packets.totalFen', sharePackets({ totalFen: 9, minFen: 1 })],
    ['pools.0.packets.totalFen', sharePackets({ totalFen: 10_000, minFen: 1_001, maxFen: 2_000 })],
    [
      'pools.1.sharePerQualified',
      withShares({}, { pools: [packetPool(), { ...packetPool(), poolId: 'b', sharePerQualified: true, stock: 0 }] }),
    ],
    [
      'timeline.splitAtMs',
      withShares(
        {},
        {
          timeline: {
            ...cardSplit().timeline,
            qualifyUntilMs: 3_001,
            splitAtMs: 13_000,
            closesAtMs: 14_000,
            settleByMs: 15_000,
          },
        },
      ),
    ],
    ['authorCommitment', cardSplit({ authorCommitment: undefined })],
    ['authorCommitment', cardSplit({ authorCommitment: 'A'.repeat(64) })],
    ['authorCommitment', timedSale({ authorCommitment: 'a'.repeat(64) })],
    ['pools.0.packets', timedSale({ pools: [packetPool({ settlement: 'ORDER' })] })],
    ['pools.0.price', timedSale({ pools: [packetPool({ settlement: 'ORDER', packets: undefined })] })],
    ['pools.0.price.priceFen', withPrice(0, 1_000)],
    ['pools.0.price.payWithinMs', withPrice(1, 99)],
    ['pools.0.settlement', timedSale({ pools: [packetPool()] })],
    ['cards', timedSale({ cards: [card] })],
    ['tasks', timedSale({ tasks: [task] })],
    ['timeline.splitAtMs', timedSale({ timeline: { ...timedSale().timeline, splitAtMs: 4_000 } })],
    ['timeline.qualifyUntilMs', timedSale({ timeline: { ...timedSale().timeline, qualifyUntilMs: 4_000 } })],
    ['timeline.qualifyUntilMs', cardSplit({ timeline: { ...cardSplit().timeline, qualifyUntilMs: undefined } })],
    ['timeline.warmUpAtMs', cardSplit({ timeline: { ...cardSplit().timeline, warmUpAtMs: 0 } })],
  ])('%s', (field, spec) => {
    expect(fieldOf(spec)).toBe(field);
  });
});

describe('the timeline', () => {
  const instant = fc.integer({ min: 1, max: 20 });

  it('of a card split is accepted exactly when warmUp <= opens <= qualifyUntil <= split < closes <= settleBy', () => {
    fc.assert(
      fc.property(
        fc.tuple(instant, instant, instant, instant, instant, instant),
        ([warmUp, opens, until, split, closes, settle]) => {
          const timeline: Timeline = {
            warmUpAtMs: warmUp,
            opensAtMs: opens,
            qualifyUntilMs: until,
            splitAtMs: split,
            closesAtMs: closes,
            settleByMs: settle,
          };
          const inOrder = warmUp <= opens && opens <= until && until <= split && split < closes && closes <= settle;
          const field = fieldOf(cardSplit({ timeline }));
          expect(field === undefined).toBe(inOrder);
          if (field !== undefined) expect(field).toMatch(/^timeline\.\w+Ms$/);
        },
      ),
    );
  });

  it('of a sale is accepted exactly when warmUp <= opens < closes <= settleBy', () => {
    fc.assert(
      fc.property(fc.tuple(instant, instant, instant, instant), ([warmUp, opens, closes, settle]) => {
        const timeline = {
          ...timedSale().timeline,
          warmUpAtMs: warmUp,
          opensAtMs: opens,
          closesAtMs: closes,
          settleByMs: settle,
        };
        const inOrder = warmUp <= opens && opens < closes && closes <= settle;
        expect(fieldOf(timedSale({ timeline })) === undefined).toBe(inOrder);
      }),
    );
  });

  it('in order stays accepted however far it is moved', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LIMITS.instantMs - 6_000 }), (byMs) => {
        const moved = Object.fromEntries(
          Object.entries(cardSplit().timeline).map(([name, atMs]) => [name, Number(atMs) + byMs]),
        );
        expect(fieldOf(cardSplit({ timeline: { ...cardSplit().timeline, ...moved } }))).toBeUndefined();
      }),
    );
  });
});

describe('numbers', () => {
  const notWhole = fc.oneof(
    fc.constantFrom(NaN, Infinity, -Infinity, -1, 2 ** 53),
    fc.double({ noInteger: true, noNaN: true }),
  );

  it('must be whole and within their bounds', () => {
    fc.assert(
      fc.property(notWhole, (wrong) => {
        expect(fieldOf(cardSplit({ pools: [packetPool({ stock: wrong })] }))).toBe('pools.0.stock');
        expect(fieldOf(withPackets({ totalFen: wrong }))).toBe('pools.0.packets.totalFen');
        expect(fieldOf(cardSplit({ timeline: { ...cardSplit().timeline, closesAtMs: wrong } }))).toBe(
          'timeline.closesAtMs',
        );
      }),
    );
  });

  it('of packets are accepted exactly when min * n <= total <= max * n', () => {
    const amount = fc.integer({ min: 1, max: 200 });
    fc.assert(
      fc.property(
        amount,
        amount,
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1, max: 50 }),
        (min, more, totalFen, stock) => {
          const packets: PacketSpec = { mode: 'RANDOM', totalFen, minFen: min, maxFen: min + more, levels: [] };
          const spec = cardSplit({ pools: [packetPool({ stock, shards: 1, packets })] });
          expect(fieldOf(spec) === undefined).toBe(min * stock <= totalFen && totalFen <= (min + more) * stock);
        },
      ),
    );
  });
});
