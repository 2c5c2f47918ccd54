import { join } from 'node:path';
import { type Contender, type Measurement } from '../bench';
import { HelperProcess } from '../helper-process';
import { type InsertRows, type RowsInserted } from './messages';
import { type RoundOfGrants } from './recorder-run';

export interface RawInsertsRunOptions {
  readonly name: string;
  /** Of an account that may write the table. */
  readonly url: string;
  readonly table: string;
  readonly grantsOf: (round: number) => RoundOfGrants;
  readonly rowsPerTransaction: () => number;
}

const INSERT_MS_MAX = 60_000;
/** As in the recorder's statements. */
const ROWS_PER_STATEMENT = 1_000;

/** The same rows into an equal table with mysql2 alone, by a process of its own. */
export class RawInsertsRun implements Contender {
  private readonly helper = new HelperProcess<InsertRows, RowsInserted>(
    'raw inserts',
    join(__dirname, 'raw-inserts.js'),
  );

  constructor(private readonly options: RawInsertsRunOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** perSecond: rows, from the first transaction's begin to the last one's commit. */
  async measure(round: number): Promise<Measurement> {
    const { url, table, grantsOf, rowsPerTransaction } = this.options;
    const { pool, winners } = grantsOf(round);
    const { wallMs } = await this.helper.ask(
      {
        url,
        table,
        campaignId: pool.campaignId,
        poolId: pool.poolId,
        winners,
        rowsPerTransaction: Math.max(1, Math.round(rowsPerTransaction())),
        rowsPerStatement: ROWS_PER_STATEMENT,
      },
      INSERT_MS_MAX,
    );
    return { sample: { perSecond: (winners.length / wallMs) * 1_000 }, errors: {} };
  }

  stop(): void {
    this.helper.stop();
  }
}
