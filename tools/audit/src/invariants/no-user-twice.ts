import { Differences, type Invariant } from '../invariant';

/** In the log and in the register, a person holds at most one unit of a pool. */
export const noUserTwice: Invariant = {
  name: 'no-user-twice',
  check({ pools, twice }) {
    const differences = new Differences();
    for (const [user, where] of twice.users) differences.add(`${user} (${where})`);
    let holders = 0;
    for (const book of pools) for (const { fate } of book.all()) if (fate !== 'ended') holders++;
    return { figures: `${holders} people hold a unit of ${pools.length} pools`, differences };
  },
};
