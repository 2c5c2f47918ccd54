/** A derived table of the ledger's two sides: account, created_at_ms, delta_fen (credits positive, debits negative). */
export const ACCOUNT_MOVEMENTS = (ledgerSchema: string): string => `(
  SELECT credit_account AS account, created_at_ms, amount_fen AS delta_fen FROM ${ledgerSchema}.transfers
  UNION ALL
  SELECT debit_account AS account, created_at_ms, -amount_fen AS delta_fen FROM ${ledgerSchema}.transfers
) AS movements`;
