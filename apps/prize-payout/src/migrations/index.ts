import { GuardConsumers1769000000000, SourcePositions1769000000001 } from '@floodgate/adapters/kafka';
import { Payouts1763800000000 } from './1763800000000-payouts';
import { Transfers1763800000001 } from './1763800000001-transfers';

export const prizePayoutMigrations = [Payouts1763800000000, GuardConsumers1769000000000, SourcePositions1769000000001];

/** Tables of the ledger's own schema. */
export const ledgerMigrations = [Transfers1763800000001];
