import fc from 'fast-check';
import { PRIORITIES } from './plan';
import { formatCursor, lowestLevel, parseCursor, priorityOf, SHED_LEVELS, shedLevel, userLevel } from './shed-level';

const level = fc.integer({ min: 0, max: SHED_LEVELS - 1 });
const hourMs = 3_600_000;

describe('levels of shedding', () => {
  it('keep priorities apart: whoever browses is below whoever pays, whatever their hash', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(), (ann, bob, nowMs) => {
        const levels = PRIORITIES.map((priority, index) =>
          shedLevel(priority, userLevel(index % 2 === 0 ? ann : bob, nowMs)),
        );
        expect(levels).toEqual([...levels].sort((a, b) => b - a));
        expect(levels.map(priorityOf)).toEqual(PRIORITIES);
      }),
    );
    expect(lowestLevel('browse')).toBe(0);
    expect(shedLevel('pay', 127)).toBe(SHED_LEVELS - 1);
  });

  it('are stable for a person within an hour, and another after it', () => {
    const users = Array.from({ length: 1_000 }, (_, i) => `user-${i}`);
    const at = (nowMs: number) => users.map((user) => userLevel(user, nowMs));
    expect(at(hourMs)).toEqual(at(2 * hourMs - 1));
    expect(at(2 * hourMs).filter((one, i) => one === at(hourMs)[i]).length).toBeLessThan(50);
    expect(new Set(at(0)).size).toBe(128);
  });

  it('travel as text', () => {
    fc.assert(fc.property(level, (cursor) => expect(parseCursor(formatCursor(cursor))).toBe(cursor)));
    expect(formatCursor(lowestLevel('grab') + 17)).toBe('grab:17');
  });

  it.each(['', 'browse', 'browse:', 'browse:128', 'browse:-1', 'browse:1:2', 'nothing:3', 'browse:1e1', 'browse: 1'])(
    'take %j for no cursor',
    (text) => expect(parseCursor(text)).toBeUndefined(),
  );
});
