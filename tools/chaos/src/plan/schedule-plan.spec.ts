import { homeShardNo } from '@floodgate/kernel';
import { FAULT_KINDS } from './fault-plan';
import { planSchedule } from './schedule-plan';

const SEEDS = Array.from({ length: 200 }, (_, index) => index + 1);

describe('planSchedule', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planSchedule(7)).toEqual(planSchedule(7));
    expect(planSchedule(7).faults).not.toEqual(planSchedule(8).faults);
  });

  it('has at least three faults of at least two kinds while people still arrive', () => {
    for (const seed of SEEDS) {
      const { faults, people, loadMs } = planSchedule(seed);
      expect(faults.length).toBeGreaterThanOrEqual(3);
      expect(new Set(faults.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(2);
      for (const { atMs } of faults) {
        expect(atMs).toBeLessThan(loadMs);
        expect(people.some((person) => person.atMs >= atMs)).toBe(true);
      }
    }
  });

  it('has each kind in at least 20 of 200 schedules, and every strategy', () => {
    const plans = SEEDS.map((seed) => planSchedule(seed));
    for (const kind of FAULT_KINDS) {
      expect(plans.filter(({ faults }) => faults.some((fault) => fault.kind === kind)).length).toBeGreaterThanOrEqual(
        20,
      );
    }
    expect(new Set(plans.flatMap(({ pools }) => pools.map(({ strategy }) => strategy))).size).toBe(4);
  });

  it('empties the cache while proposals are on their way in at least 40 of 200 schedules', () => {
    const meets = (seed: number) =>
      planSchedule(seed).faults.some((fault) => fault.kind === 'redis' && fault.how === 'flush-in-flight');
    expect(SEEDS.filter(meets).length).toBeGreaterThanOrEqual(40);
  });

  it('has more people at home in the first half of the shards than units are there', () => {
    const { pools, people, campaignId } = planSchedule(3);
    for (const pool of pools) {
      const busy = Math.ceil(pool.shards / 2);
      const crowd = people.filter(
        (one) => one.pool === pool && homeShardNo(campaignId, pool.poolId, pool.shards, one.userId) < busy,
      );
      expect(crowd.length).toBeGreaterThan((pool.stock * busy) / pool.shards);
    }
  });

  it('keeps to the kinds it is given', () => {
    const { faults } = planSchedule(5, { kinds: ['redis'] });
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(['redis']));
  });
});
