import { measureAmplification } from './everything-fails';
import { measureJourneys } from './journeys';
import { measureRelease } from './release';

describe('the simulated people of the entry bench', () => {
  it('enter over the whole release, and nobody before or after it', async () => {
    const { people, worstSecondOff, outside } = await measureRelease(6_000, 'spec');
    expect(people).toBe(6_000);
    expect(outside).toBe(0);
    // 100 a second, more or less.
    expect(worstSecondOff).toBeGreaterThan(0);
    expect(worstSecondOff).toBeLessThan(0.5);
  });

  it('send little more than they want while everything fails, and less with the throttle', async () => {
    const { sentForEach = NaN, sentForEachThrottled = NaN } = await measureAmplification(300, 1);
    expect(sentForEach).toBeGreaterThan(1);
    expect(sentForEach).toBeLessThan(1.15);
    expect(sentForEachThrottled).toBeLessThan(1);
  });

  it('get through a plan that drops half of them, and hardly through chance', async () => {
    const { plannedOnce, randomOnce = NaN, planned, random = NaN } = await measureJourneys(500, 1);
    expect(plannedOnce).toBeCloseTo(0.5, 1);
    expect(randomOnce).toBeCloseTo(0.125, 1);
    expect(planned).toBeGreaterThan(3 * random);
  });
});
