import { Payouts1763800000000 } from './1763800000000-payouts';
import { Transfers1763800000001 } from './1763800000001-transfers';

export const prizePayoutMigrations = [Payouts1763800000000];

/** Tables of the ledger's own schema. */
export const ledgerMigrations = [Transfers1763800000001];
