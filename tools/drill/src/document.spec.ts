import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@floodgate/tools/stack';
import { withDrills, withResults } from './document';
import { DRILLS } from './drills';
import { FIGURES } from './figures';
import { type DrillReport } from './run-drill';

const PAGE = [
  'Before.',
  '<!-- drills -->',
  'old drills',
  '<!-- end of drills -->',
  '<!-- reports -->',
  'old results',
  '<!-- end of reports -->',
  'After.',
].join('\n\n');

const spread = (median: number) => ({ median, min: median, max: median });

const report: DrillReport = {
  drill: 'room',
  kind: 'people',
  machine: { cpu: 'Some CPU', cores: 2, memoryMiB: 1, kernel: '6', node: '20.0.0' },
  date: '2026-01-02T03:04:05.000Z',
  rounds: 2,
  rows: FIGURES.people.map(({ name, unit }, no) => {
    return { name, unit, limit: spread(10), ours: spread(no), ratio: no / 10, toReach: null, reached: null };
  }),
  samples: {},
  told: { off: { OK: 4 }, on: { WAIT: 4 } },
  errorsByKind: {},
  ok: true,
};

describe('the page of drills', () => {
  it('takes results in the place of earlier ones, one line a drill, the last of two', () => {
    const later = { ...report, ok: false };
    const page = withResults(PAGE, DRILLS, [report, { ...report, drill: 'no-such-drill' }, later]);
    expect(page).toContain('| room (had errors) | 10.0 -> 0.00 | 10.0 -> 1.00 |');
    expect(page.match(/^\| room/gm)).toHaveLength(1);
    expect(page).toContain('- 2026-01-02, 2 x Some CPU, Node 20.0.0; medians of 2 rounds');
    expect(page).not.toContain('old results');
    expect(page).not.toContain('no-such-drill');
    expect(page.startsWith('Before.')).toBe(true);
    expect(page.endsWith('After.')).toBe(true);
    expect(withResults(page, DRILLS, [later])).toBe(page);
  });

  it('lists the drills there are, as it stands in the repository', () => {
    expect(withDrills(PAGE, DRILLS)).toContain('- **room** (`tier1.room.open`). Off: ');
    const page = readFileSync(join(repositoryRoot(), 'docs/operating/drills.md'), 'utf8');
    expect(withDrills(page, DRILLS)).toBe(page);
  });
});
