import fc from 'fast-check';
import { mergeRooms, type RoomState } from './room';

const states = fc.record<RoomState>({
  issued: fc.nat(1_000),
  opening: fc.option(
    fc.tuple(fc.nat(3), fc.nat(3)).map(([atMs, no]) => ({ frozen: no, seed: `seed ${no}`, atMs })),
    { nil: undefined },
  ),
  serving: fc.nat(1_000),
  lapsed: fc.nat(1_000),
});

it('merges reports in any order, as often as they come, and never goes back', () => {
  fc.assert(
    fc.property(states, states, states, (a, b, c) => {
      const merged = mergeRooms(mergeRooms(a, b), c);
      expect(mergeRooms(a, mergeRooms(b, c))).toEqual(merged);
      expect(mergeRooms(c, mergeRooms(b, a))).toEqual(merged);
      expect(mergeRooms(merged, b)).toEqual(merged);
      for (const { issued, serving, lapsed } of [a, b, c]) {
        expect(merged.issued).toBeGreaterThanOrEqual(issued);
        expect(merged.serving).toBeGreaterThanOrEqual(serving);
        expect(merged.lapsed).toBeGreaterThanOrEqual(lapsed);
      }
      const openings = [a, b, c].flatMap(({ opening }) => opening ?? []);
      if (openings.length > 0) expect(merged.opening?.atMs).toBe(Math.min(...openings.map(({ atMs }) => atMs)));
    }),
  );
});
