import { createDataSource, readDatabaseTimeMs } from '@floodgate/adapters/mysql';
import { createTestDatabase, type TestDatabase, until } from '@floodgate/testing';
import { type DataSource } from 'typeorm';
import { followDatabaseTime } from './database-time';
import { machineClock, SyncedClock } from './synced-clock';

let database: TestDatabase;
let narrow: DataSource;

beforeAll(async () => {
  database = await createTestDatabase([]);
  narrow = createDataSource({ url: database.url, poolSize: 1 });
  await narrow.initialize();
});
afterAll(async () => {
  await narrow.destroy();
  await database.drop();
});

/** Database time minus the monotonic clock: what the clock has learnt. */
const offsetOf = (clock: SyncedClock) => clock.nowMs() - machineClock.uptimeMs();

describe('database time', () => {
  it('does not go ahead when a measurement has waited for a connection', async () => {
    const errors: unknown[] = [];
    let measured = 0;
    const counting = {
      query: async (statement: string, values: unknown[]): Promise<unknown> => {
        const rows: unknown = await narrow.query(statement, values);
        measured += 1;
        return rows;
      },
    } as DataSource;
    const clock = new SyncedClock();
    const end = await followDatabaseTime(clock, counting, 20, (error) => errors.push(error));
    // So that a quick answer is there to hold on to, however busy the machine.
    await until('a few measurements', () => measured >= 10);
    const before = offsetOf(clock);
    const busy = narrow.query('SELECT SLEEP(2)');
    let ahead = 0;
    const watch = setInterval(() => (ahead = Math.max(ahead, offsetOf(clock) - before)), 1);
    const measuredBefore = measured;
    await busy;
    await until('the measurements that waited', () => measured >= measuredBefore + 20);
    clearInterval(watch);
    end();
    expect(ahead).toBeLessThan(300);
    expect(errors).toEqual([]);
  });

  it.each([0, 1_000, -1_000, 3_600_000, -3_600_000])(
    'is the same on a machine that is %i ms ahead, and while the database is away',
    async (aheadMs) => {
      const errors: unknown[] = [];
      const short = createDataSource({ url: database.url, poolSize: 1 });
      await short.initialize();
      const clock = new SyncedClock({ ...machineClock, wallMs: () => Date.now() + aheadMs });
      // A slow answer says little about any clock, and this one may hear no other.
      const quick: Pick<SyncedClock, 'learn'> = {
        learn: (databaseMs, sentAtMs, receivedAtMs) => {
          if (receivedAtMs - sentAtMs < 200) clock.learn(databaseMs, sentAtMs, receivedAtMs);
        },
      };
      const end = await followDatabaseTime(quick, short, 5, (error) => errors.push(error));
      await until('a quick answer', () => clock.source === 'database');
      await short.destroy();
      await until('a measurement in vain', () => errors.length > 0);
      end();
      const beforeMs = clock.nowMs();
      const databaseMs = await readDatabaseTimeMs(narrow);
      // Half of what the wrong clocks are wrong by, however slow the machine.
      expect(databaseMs).toBeGreaterThan(beforeMs - 500);
      expect(databaseMs).toBeLessThan(clock.nowMs() + 500);
      expect(clock.source).toBe('database');
    },
  );
});
