import { Differences, type Invariant } from '../invariant';

/** In the log and in the register, a unit is in one person's hands at a time. */
export const noUnitGrantedTwice: Invariant = {
  name: 'no-unit-granted-twice',
  check({ pools, twice }) {
    const differences = new Differences();
    for (const [unit, where] of twice.units) differences.add(`${unit} (${where})`);
    const grants = pools.reduce((sum, book) => sum + book.size, 0);
    return { figures: `${grants} grants in ${pools.length} pools`, differences };
  },
};
