import { setTimeout as sleep } from 'node:timers/promises';
import { type DataSource, type EntityManager } from 'typeorm';
import { isLockConflict } from './sql';

const ATTEMPTS_MAX = 5;

/** Takes no gap locks: for work on single rows that are locked or compared-and-set by key. Costs a statement more. */
export type Isolation = 'READ COMMITTED';

/**
 * Runs `work` in one transaction, in the session's REPEATABLE READ unless said otherwise, and commits. A deadlock or lock time-out runs the
 * whole of it again, so `work` must have no effect outside the transaction. Any other error rolls back and is thrown as it is.
 */
export async function inTransaction<T>(
  dataSource: DataSource,
  work: (tx: EntityManager) => Promise<T>,
  isolation?: Isolation,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await (isolation === undefined ? dataSource.transaction(work) : dataSource.transaction(isolation, work));
    } catch (error) {
      if (!isLockConflict(error) || attempt === ATTEMPTS_MAX) throw error;
      await sleep(Math.random() * 10 * 2 ** attempt);
    }
  }
}
