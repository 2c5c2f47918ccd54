/** The MySQL databases an audit reads. */
export interface AuditSchemas {
  readonly activity: string;
  readonly inventory: string;
  readonly order: string;
  readonly prizePayout: string;
  readonly ledger: string;
  readonly channel: string;
}

export const DEFAULT_SCHEMAS: AuditSchemas = {
  activity: 'fg_activity',
  inventory: 'fg_inventory',
  order: 'fg_order',
  prizePayout: 'fg_prize_payout',
  ledger: 'fg_ledger',
  channel: 'fg_channel',
};

export interface AuditOptions {
  /** mysql://user:password@host:port of an account that may read; it needs no database. */
  readonly mysqlUrl: string;
  /** host:port, separated by commas. */
  readonly kafkaBrokers: string;
  /** The clients' own log, JSONL as in client-log.ts; without it nothing is said about what clients were told. */
  readonly clientLog?: string;
  /** Pools, orders, payouts and clients of these campaigns only. The ledger is always taken as a whole. */
  readonly campaignIds?: readonly string[];
  readonly schemas?: AuditSchemas;
  readonly stockLogTopic?: string;
}
