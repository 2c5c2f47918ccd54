import { frameOf, lineOf, type ProgressView } from './progress';
import { planScene } from './scene';
import { Tally } from './tally';

describe('progress', () => {
  const scene = planScene('run', 1_800_000_000_000, {
    users: 500,
    units: 200,
    pace: { visitsPerSecond: 30, requestsPerSecond: 400 },
  });
  const tally = new Tally();
  tally.reached('came');
  tally.turnedAway('grab cash', 'SOLD_OUT');
  const pool = { poolId: 'cash', stock: 200, free: 50, held: 150, inTransit: 0, withdrawn: 0, ready: true };
  const view: ProgressView = {
    scene,
    users: 500,
    phase: 'the split',
    nowMs: scene.splitAtMs - 1_500,
    tally,
    tiers: { split: 1, sale: 0 },
    packets: pool,
    saleUnits: undefined,
    notes: ['inventory killed with -9'],
  };

  it('counts down, shows the tier, burns the stock down and keeps what happened in sight', () => {
    const frame = frameOf(view, 400).join('\n');
    expect(frame).toContain('split T-1.5s');
    expect(frame).toContain('card split 1 ■··');
    expect(frame).toContain(`${'█'.repeat(9)}${'░'.repeat(27)} 50 of 200 free, 150 held`);
    expect(frame).toContain('SOLD_OUT 1');
    expect(frame).toContain('! inventory killed with -9');
  });

  it('never makes a line longer than the terminal is wide', () => {
    for (const line of frameOf(view, 60)) expect([...line].length).toBeLessThanOrEqual(60);
  });

  it('is one line where there is no terminal', () => {
    expect(lineOf(view)).toMatch(/^\[demo\] T-1\.5s \| the split \| tier 1\/0 \|.*free 50\/200.*free \?$/);
  });
});
