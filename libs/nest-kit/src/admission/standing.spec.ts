import { formatCursor, lowestLevel, SHED_LEVELS } from '@floodgate/domain/degradation-plan';
import { CAMPAIGN_KEY, cursorText, LEVEL_KEY, pollAfterMsOf, standingOf } from './standing';

const reading = (metadata: Readonly<Record<string, string>>) => standingOf((key) => metadata[key]);

describe('how a call stands', () => {
  it('is what its metadata says', () => {
    const level = lowestLevel('qualify') + 5;
    expect(reading({ [LEVEL_KEY]: cursorText(level), [CAMPAIGN_KEY]: 'c' })).toEqual({ level, campaignId: 'c' });
    expect(reading({ [LEVEL_KEY]: cursorText(level) })).toEqual({ level, campaignId: '' });
  });

  it.each<Readonly<Record<string, string>>>([
    {},
    { [LEVEL_KEY]: '' },
    { [LEVEL_KEY]: 'browse:128', [CAMPAIGN_KEY]: 'c' },
  ])('is above all others without a level, as in %j', (metadata) =>
    expect(reading(metadata)).toEqual({ level: SHED_LEVELS - 1, campaignId: '' }),
  );

  it('has the text of a cursor', () => {
    for (let level = 0; level < SHED_LEVELS; level++) expect(cursorText(level)).toBe(formatCursor(level));
  });

  it('spreads those who are refused at once over two seconds', () => {
    const waits = Array.from({ length: SHED_LEVELS }, (_, level) => pollAfterMsOf(level));
    expect(Math.min(...waits)).toBe(1_000);
    expect(Math.max(...waits)).toBe(2_750);
    expect(new Set(waits).size).toBe(8);
  });
});
