/** What the process of raw inserts is asked to do, and what it says. */
import { type LoggedWinner } from '../stock-log-filler';

export interface InsertRows {
  readonly url: string;
  readonly table: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly winners: readonly LoggedWinner[];
  readonly rowsPerTransaction: number;
  readonly rowsPerStatement: number;
}

export interface RowsInserted {
  readonly wallMs: number;
}
