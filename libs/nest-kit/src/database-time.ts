import { readDatabaseTimeMs } from '@floodgate/adapters/mysql';
import { type DataSource } from 'typeorm';
import { type SyncedClock, uptimeMs } from './synced-clock';

/**
 * Teaches a clock the database's time, once now and then every `everyMs` until the function that is returned is called. A measurement that fails is told
 * to `onError`; the clock goes on with what it knows.
 */
export async function followDatabaseTime(
  clock: Pick<SyncedClock, 'learn'>,
  dataSource: DataSource,
  everyMs: number,
  onError: (error: unknown) => void,
): Promise<() => void> {
  const measure = async () => {
    const sentAtMs = uptimeMs();
    try {
      clock.learn(await readDatabaseTimeMs(dataSource), sentAtMs, uptimeMs());
    } catch (error) {
      onError(error);
    }
  };
  await measure();
  const timer = setInterval(() => void measure(), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
