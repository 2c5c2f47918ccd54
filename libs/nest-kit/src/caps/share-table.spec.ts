import fc from 'fast-check';
import { nextTable, type ShareReport, shareOf, type ShareTable } from './share-table';

const CAP = 'sale/grab';
const report = (round: number, demand: number, more: Partial<ShareReport> = {}): ShareReport => ({
  round,
  weight: 1,
  leaving: false,
  demand: { [CAP]: demand },
  ...more,
});
const tableOf = (reports: Record<string, ShareReport>, round: number, before?: ShareTable) =>
  nextTable(before, new Map(Object.entries(reports)), { round, silentRoundsMax: 4, skippedRounds: 0 });
const sharesOf = (table: ShareTable, ...ids: string[]) =>
  ids.map((id) => Math.round(shareOf(table, CAP, id) * 1_000) / 1_000);

describe('nextTable', () => {
  it('shares by weight when everybody is asked for more', () => {
    const reports = { a: report(1, 5), b: report(1, 9, { weight: 3 }) };
    expect(sharesOf(tableOf(reports, 2), 'a', 'b')).toEqual([0.25, 0.75]);
  });

  it('shares a cap that nobody was asked of by weight too', () => {
    const reports = { a: report(1, 0, { demand: {} }), b: report(1, 0, { demand: {}, weight: 3 }) };
    expect(sharesOf(tableOf(reports, 2), 'a', 'b', 'c')).toEqual([0.25, 0.75, 0]);
  });

  it('hands on what an instance does not use, and leaves it enough to begin with', () => {
    const [idle = 0, busy = 0] = sharesOf(tableOf({ a: report(1, 0), b: report(1, 9) }, 2), 'a', 'b');
    expect(idle).toBeGreaterThan(0);
    expect(idle).toBeLessThanOrEqual(0.02);
    expect(busy).toBeGreaterThanOrEqual(0.98);
  });

  it('makes the others less in the round in which somebody appears', () => {
    const first = tableOf({ a: report(1, 9), b: report(1, 9) }, 2);
    const second = tableOf({ a: report(2, 9), b: report(2, 9), c: report(2, 9) }, 3, first);
    expect(sharesOf(second, 'a', 'b', 'c')).toEqual([0.333, 0.333, 0.333]);
  });

  it('keeps the share of one that falls silent for two TTLs, and then gives it to the others', () => {
    let table = tableOf({ a: report(1, 9), b: report(1, 9) }, 2);
    const seen: number[][] = [];
    for (let round = 3; round <= 8; round += 1) {
      table = tableOf({ a: report(round - 1, 9), b: report(1, 9) }, round, table);
      seen.push(sharesOf(table, 'a', 'b'));
    }
    expect(seen).toEqual([
      [0.5, 0.5],
      [0.5, 0.5],
      [0.5, 0.5],
      [1, 0],
      [1, 0],
      [1, 0],
    ]);
  });

  it('takes one who told something in a round to come, by a clock that was ahead, for silent from now on', () => {
    let table = tableOf({ a: report(1_001, 9), b: report(1_001, 9) }, 1_002);
    for (let round = 3; round <= 8; round += 1) {
      table = tableOf({ a: report(round - 1, 9), b: report(1_001, 9) }, round, table);
      expect(sharesOf(table, 'a', 'b')).toEqual(round < 8 ? [0.5, 0.5] : [1, 0]);
    }
  });

  it('gives the share of one that says it leaves to the others at once', () => {
    const first = tableOf({ a: report(1, 9), b: report(1, 9) }, 2);
    const second = tableOf({ a: report(2, 9), b: report(2, 9, { leaving: true }) }, 3, first);
    expect(sharesOf(second, 'a', 'b')).toEqual([1, 0]);
  });

  it('never shares out more than the cap, whoever speaks, is silent, leaves or comes', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const said = fc.record({
      fresh: fc.boolean(),
      leaving: fc.boolean(),
      weight: fc.double({ min: 0.1, max: 10, noNaN: true }),
      demand: fc.option(fc.double({ min: 0, max: 3, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(...ids.map(() => said)), { minLength: 1, maxLength: 12 }), (rounds) => {
        let table: ShareTable | undefined;
        const reports = new Map<string, ShareReport>();
        rounds.forEach((saids, i) => {
          const round = i + 1;
          saids.forEach(({ fresh, leaving, weight, demand }, at) => {
            if (!fresh) return;
            reports.set(ids[at] ?? '', {
              round: round - 1,
              weight,
              leaving,
              demand: demand === null ? {} : { [CAP]: demand },
            });
          });
          const next = nextTable(table, reports, { round, silentRoundsMax: 4, skippedRounds: 0 });
          for (const cap of [CAP, 'another']) {
            const sum = ids.reduce((total, id) => total + shareOf(next, cap, id), 0);
            expect(sum).toBeLessThanOrEqual(1 + 1e-9);
          }
          table = next;
        });
      }),
    );
  });
});
