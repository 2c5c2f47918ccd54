import { seededRandom } from './simulated-server';
import { WorkCosts } from './work-costs';

const SERVE_MS = 2.4;
const REFUSE_MS = 0.1;

/** What is known after so many periods in which this much was served and refused, give or take `noiseMs`. */
function after(
  periods: number,
  of: (no: number) => readonly [served: number, refused: number],
  noiseMs = 0,
): WorkCosts {
  const random = seededRandom(1);
  const costs = new WorkCosts();
  for (let no = 0; no < periods; no++) {
    const [served, refused] = of(no);
    costs.add(served, refused, served * SERVE_MS + refused * REFUSE_MS + (random() - 0.5) * 2 * noiseMs);
  }
  return costs;
}

describe('the costs of serving and of refusing', () => {
  it('are told apart by how the busy time goes with either', () => {
    const { serveMs, refuseMs } = after(100, (no) => [10 + (no % 7), 200 - 3 * (no % 11)], 3).estimate;
    expect(serveMs / SERVE_MS).toBeCloseTo(1, 0.5);
    expect(refuseMs / REFUSE_MS).toBeCloseTo(1, 0.5);
  });

  it('make up the busy time even when nothing ever changes', () => {
    const { serveMs, refuseMs } = after(100, () => [10, 200]).estimate;
    expect(10 * serveMs + 200 * refuseMs).toBeCloseTo(10 * SERVE_MS + 200 * REFUSE_MS, 0);
    expect(refuseMs / serveMs).toBeGreaterThan(0.03);
    expect(refuseMs / serveMs).toBeLessThan(0.05);
  });

  it('follow a handler that becomes slower within seconds', () => {
    const costs = after(200, (no) => [15 + (no % 5), 10]);
    for (let no = 0; no < 60; no++) costs.add(5 + (no % 3), 10, (5 + (no % 3)) * 8 + 1);
    const { serveMs, refuseMs } = costs.estimate;
    expect(6 * serveMs + 10 * refuseMs).toBeGreaterThan(0.75 * (6 * 8 + 1));
  });

  it('are guessed as long as only one of them was seen', () => {
    expect(after(50, () => [10, 0]).refusalShare).toBeCloseTo(0.04);
    const { serveMs } = after(50, () => [0, 300]).estimate;
    expect(serveMs).toBeCloseTo(REFUSE_MS / 0.04, 0);
  });

  it('never take a refusal for dearer than half of serving, and know nothing of an idle server', () => {
    const costs = new WorkCosts();
    for (let no = 0; no < 20; no++) costs.add(10, 5 + 20 * (no % 3), 5 + 20 * (no % 3));
    expect(costs.refusalShare).toBe(0.5);
    const idle = new WorkCosts();
    idle.add(0, 0, 0);
    expect([idle.estimate, idle.refusalShare]).toEqual([{ serveMs: 0, refuseMs: 0 }, 0.04]);
  });
});
