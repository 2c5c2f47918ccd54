import { isSealed } from '@floodgate/domain/inventory';
import { Differences, type Invariant } from '../invariant';

/**
 * The commitment to a pool's packets that people were shown stood in the stock log before T0, and it is the one of the seed and
 * the terms by which they were given out.
 */
export const packetsSealedBeforeT0: Invariant = {
  name: 'packets-sealed-before-t0',
  check({ pools, published }) {
    const differences = new Differences();
    let sealed = 0;
    let unsealed = 0;
    for (const book of pools) {
      const { packets, opensAtMs } = book.pool;
      const shown = published.get(book.key)?.commitment;
      if (packets === undefined) continue;
      // Published when there were no commitments yet, or by a test straight into the log.
      if (packets.commitment === '' && shown === undefined) {
        unsealed++;
        continue;
      }
      sealed++;
      if (!isSealed(book.pool)) differences.add(`${book.key} is given out by another seed or terms than committed to`);
      if (packets.commitment !== shown) differences.add(`${book.key} was published under another commitment`);
      const lateMs = book.committedAtMs - opensAtMs;
      if (lateMs >= 0) differences.add(`${book.key} was committed to ${lateMs} ms after T0`);
    }
    return { figures: `${sealed} pools sealed${unsealed > 0 ? `, ${unsealed} not` : ''}`, differences };
  },
};
