import { createDataSource, type SqlValue } from '@floodgate/adapters/mysql';
import { StackTrouble } from '@floodgate/tools/stack';
import { type DataSource, type QueryRunner } from 'typeorm';

/** All databases as of one instant: one connection, one read-only REPEATABLE READ transaction. One statement at a time. */
export class MysqlSnapshot {
  private constructor(
    private readonly dataSource: DataSource,
    private readonly runner: QueryRunner,
  ) {}

  /** @throws StackTrouble when the server cannot be reached. */
  static async open(url: string): Promise<MysqlSnapshot> {
    const dataSource = createDataSource({ url, poolSize: 1 });
    try {
      await dataSource.initialize();
    } catch (error) {
      const { host } = new URL(url);
      throw new StackTrouble(
        `MySQL at ${host} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    const runner = dataSource.createQueryRunner();
    await runner.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    await runner.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
    return new MysqlSnapshot(dataSource, runner);
  }

  /** The rows one by one as they arrive, so that a million of them need no memory. Read them to the end. */
  async *rows<Row>(statement: string, values: readonly SqlValue[] = []): AsyncGenerator<Row> {
    // TypeORM's type leaves out that mysql2's stream is in object mode and can be iterated.
    const stream = (await this.runner.stream(statement, [...values])) as unknown as AsyncIterable<Row>;
    yield* stream;
  }

  async close(): Promise<void> {
    await this.runner.query('ROLLBACK');
    await this.runner.release();
    await this.dataSource.destroy();
  }
}
