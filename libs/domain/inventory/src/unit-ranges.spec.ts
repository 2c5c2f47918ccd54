import * as fc from 'fast-check';
import { UnitRanges } from './unit-ranges';

const UNITS = 40;
const steps = fc.array(
  fc.record({ from: fc.nat(UNITS - 1), length: fc.integer({ min: 1, max: 6 }), add: fc.boolean() }),
  {
    maxLength: 60,
  },
);

describe('UnitRanges', () => {
  it('behaves like a plain set of numbers', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const ranges = new UnitRanges();
        const model = new Set<number>();
        for (const { from, length, add } of list) {
          const units = Array.from({ length }, (_, index) => from + index);
          if (add) addBoth(ranges, model, units);
          else removeBoth(ranges, model, units);
        }
        expect(ranges.size).toBe(model.size);
        expect(unitsOf(ranges)).toEqual([...model].sort((a, b) => a - b));
        for (let unit = 0; unit < UNITS + 6; unit++) expect(ranges.has(unit)).toBe(model.has(unit));
      }),
    );
  });

  it('joins ranges that touch', () => {
    const ranges = new UnitRanges();
    ranges.add(0, 2);
    ranges.add(4, 6);
    ranges.add(2, 4);
    expect(ranges.toArray()).toEqual([{ from: 0, to: 6 }]);
  });
});

function addBoth(ranges: UnitRanges, model: Set<number>, units: number[]): void {
  const [from, to] = boundsOf(units);
  if (units.some((unit) => model.has(unit))) {
    expect(ranges.hasAny(from, to)).toBe(true);
    expect(() => ranges.add(from, to)).toThrow(RangeError);
    return;
  }
  ranges.add(from, to);
  units.forEach((unit) => model.add(unit));
}

function removeBoth(ranges: UnitRanges, model: Set<number>, units: number[]): void {
  const [from, to] = boundsOf(units);
  if (!units.every((unit) => model.has(unit))) {
    expect(() => ranges.remove(from, to)).toThrow(RangeError);
    return;
  }
  ranges.remove(from, to);
  units.forEach((unit) => model.delete(unit));
}

function boundsOf(units: number[]): [number, number] {
  const from = units[0] ?? 0;
  return [from, from + units.length];
}

function unitsOf(ranges: UnitRanges): number[] {
  return ranges.toArray().flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index));
}
