import { type Pool } from '@floodgate/domain/inventory';
import { askersOf, populationOf, seatPopulation, winnersBefore } from './populations';

const pool: Pool = {
  campaignId: 'c',
  poolId: 'p',
  stock: 1_000,
  shards: 2,
  strategy: 'sharded-counters',
  settlement: 'order',
  packets: undefined,
  price: undefined,
  opensAtMs: 0,
  closesAtMs: 1,
};

describe('a population', () => {
  const population = populationOf('b1', '1e4', 10_000);

  it('has its winners at its end, each in one pool', () => {
    const users = population.poolIds.flatMap((_, poolNo) =>
      seatPopulation(population, poolNo, pool).map(({ userId }) => userId),
    );
    expect(users).toHaveLength(winnersBefore(population) * population.poolIds.length);
    expect(new Set(users).size).toBe(users.length);
    expect(users[0]).toBe('b1-1e4-u9999');
    const lowest = Math.min(...users.map((userId) => Number(userId.split('-u')[1])));
    expect(lowest).toBe(10_000 - users.length);
  });

  it('is asked all over, and none of those winners twice', () => {
    const { users, stride } = askersOf(population);
    expect(users).toBe(10_000 - winnersBefore(population) * population.poolIds.length);
    expect(new Set(Array.from({ length: users }, (_, turn) => (turn * stride) % users)).size).toBe(users);
  });
});
