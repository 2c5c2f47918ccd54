import { type DataSource, type EntityManager, QueryFailedError } from 'typeorm';

export type SqlValue = string | number | boolean | null | Buffer | Date;

/** What a statement can run on: the data source itself, or the transaction's manager. */
export type Sql = Pick<DataSource | EntityManager, 'query'>;

/** Rows of a SELECT, in the shape the caller names; it must match the statement's column aliases. */
export async function selectRows<Row>(sql: Sql, statement: string, values: readonly SqlValue[] = []): Promise<Row[]> {
  return sql.query<Row[]>(statement, [...values]);
}

/** The number of rows that an INSERT, UPDATE or DELETE touched. */
export async function execute(sql: Sql, statement: string, values: readonly SqlValue[] = []): Promise<number> {
  const result = await sql.query<{ affectedRows: number }>(statement, [...values]);
  return result.affectedRows;
}

/** One multi-row INSERT; nothing for no rows. `columns` name the table's columns in the order of each row's values. */
export async function insertRows(
  sql: Sql,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly SqlValue[])[],
): Promise<void> {
  if (rows.length === 0) return;
  const one = `(${columns.map(() => '?').join(', ')})`;
  const statement = `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${rows.map(() => one).join(', ')}`;
  await sql.query(statement, rows.flat());
}

/** A list of `?` for `IN (...)`; throws for an empty list, which SQL cannot say. */
export function placeholders(values: readonly unknown[]): string {
  if (values.length === 0) throw new RangeError('IN () needs at least one value');
  return values.map(() => '?').join(', ');
}

const DUPLICATE_KEY = 1062;
const DEADLOCK = 1213;
const LOCK_WAIT_TIMEOUT = 1205;

export function isDuplicateKey(error: unknown): boolean {
  return errorNumber(error) === DUPLICATE_KEY;
}

/** True when the whole transaction may simply be run again. */
export function isLockConflict(error: unknown): boolean {
  const number = errorNumber(error);
  return number === DEADLOCK || number === LOCK_WAIT_TIMEOUT;
}

/** True when the server answered and refused the statement; false when it could not be reached or went away. */
export function isRefusedByServer(error: unknown): boolean {
  const number = errorNumber(error);
  return number !== undefined && !CONNECTION_TROUBLE.has(number);
}

// Too many connections, server shutdown, access while starting, read-only replica: the same statement can succeed later.
const CONNECTION_TROUBLE = new Set([1040, 1053, 1077, 1079, 1203, 1205, 1213, 1290, 1836, 1927]);

function errorNumber(error: unknown): number | undefined {
  const source = error instanceof QueryFailedError ? (error.driverError as unknown) : error;
  if (typeof source !== 'object' || source === null || !('errno' in source)) return undefined;
  const number = source.errno;
  return typeof number === 'number' && number > 0 ? number : undefined;
}
