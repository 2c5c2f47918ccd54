import { createTestDatabase, type TestDatabase, until } from '@floodgate/testing';
import { type DataSource } from 'typeorm';
import { createDataSource } from './data-source';
import { DatabaseClock } from './database-clock';

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

/** Database time minus the monotonic clock: what the clock has measured. */
const offsetOf = (clock: DatabaseClock) => clock.nowMs() - performance.now();

describe('DatabaseClock', () => {
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
    const clock = new DatabaseClock(counting, (error) => errors.push(error));
    await clock.start(20);
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
    clock.stop();
    expect(ahead).toBeLessThan(300);
    expect(errors).toEqual([]);
  });
});
