import { type Pool } from '@floodgate/domain/inventory';
import { type LoggedWinner, seatWinners } from '../stock-log-filler';

/** So many people, of whom some have won already. */
export interface Population {
  readonly name: string;
  readonly users: number;
  readonly userPrefix: string;
  readonly poolIds: readonly string[];
}

/** Of a population, who has won before the bench begins: as a sale for a few of many leaves behind. */
const WINNERS_SHARE = 0.02;
/** Each person may win once in each; so a population of ten thousand has enough to win. */
const POOLS = 16;
const GOLDEN = 0.618;

export function populationOf(runId: string, name: string, users: number): Population {
  return {
    name,
    users,
    userPrefix: `${runId}-${name}`,
    poolIds: Array.from({ length: POOLS }, (_, no) => `users-${name}-${no}`),
  };
}

/** How many have won in a pool when the bench begins. */
export const winnersBefore = ({ users, poolIds }: Population) => Math.ceil((users * WINNERS_SHARE) / poolIds.length);

/** Who has not won anywhere yet, and a stride through all of them that leads to their numbers' every length. */
export function askersOf(population: Population): { readonly users: number; readonly stride: number } {
  const users = population.users - winnersBefore(population) * population.poolIds.length;
  let stride = Math.floor(users * GOLDEN);
  while (gcd(stride, users) !== 1) stride++;
  return { users, stride };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Those winners, from the population's end: the bench asks from its beginning. Each has won in one pool. */
export function seatPopulation(population: Population, poolNo: number, pool: Pool): LoggedWinner[] {
  const count = winnersBefore(population);
  const people = Array.from({ length: count }, (_, index) => {
    const userNo = population.users - 1 - poolNo * count - index;
    return { userId: `${population.userPrefix}-u${userNo}`, grabId: `${population.userPrefix}-before-${userNo}` };
  });
  return seatWinners(pool, people);
}
