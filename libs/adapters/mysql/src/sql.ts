import { type DataSource, type EntityManager, QueryFailedError, TypeORMError } from 'typeorm';

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
  // The driver writes a list of lists as (...), (...): cheaper than a placeholder a value.
  await sql.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ?`, [rows]);
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

/**
 * True when the server refused the values themselves: a key, a range, a length, a constraint. Only then is the same statement
 * refused for ever; a full disk, a missing table or right, or a server that went away is for somebody to mend.
 */
export function isRefusedForItsValues(error: unknown): boolean {
  const number = errorNumber(error);
  return number !== undefined && VALUE_REFUSALS.has(number);
}

const VALUE_REFUSALS = new Set([
  1048, // NULL where there must be a value
  DUPLICATE_KEY,
  1169, // a unique constraint
  1216, // no parent row
  1217, // the row has children
  1264, // out of range
  1265, // cut off
  1292, // no such date or number
  1366, // not of the column's type or character set
  1406, // too long
  1451, // the row has children, by constraint
  1452, // no parent row, by constraint
  1690, // an expression out of range
  3819, // a CHECK constraint, MySQL
  4025, // a CHECK constraint, MariaDB
]);

/**
 * True when the server was not reached, or went away meanwhile: whether the statement took effect is then unknown, and the same may succeed later.
 */
export function isDatabaseAway(error: unknown): boolean {
  // What TypeORM throws before it has been connected for the first time has no class and no code of its own.
  if (error instanceof TypeORMError && error.message === NEVER_CONNECTED) return true;
  const source = sourceOf(error);
  if (typeof source !== 'object' || source === null || !('code' in source)) return false;
  // The same codes come from whatever else is called over a network; mysql2 says which of its errors end a connection.
  if (source === error && !('fatal' in source && source.fatal === true)) return false;
  return typeof source.code === 'string' && AWAY_CODES.has(source.code);
}

const NEVER_CONNECTED = 'Connection is not established with mysql database';

const AWAY_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'PROTOCOL_CONNECTION_LOST',
  // A statement on a connection that was just given up.
  'ERR_STREAM_WRITE_AFTER_END',
  'ERR_STREAM_DESTROYED',
  'ER_SERVER_SHUTDOWN',
]);

const sourceOf = (error: unknown): unknown =>
  error instanceof QueryFailedError ? (error.driverError as unknown) : error;

function errorNumber(error: unknown): number | undefined {
  const source = sourceOf(error);
  if (typeof source !== 'object' || source === null || !('errno' in source)) return undefined;
  const number = source.errno;
  return typeof number === 'number' && number > 0 ? number : undefined;
}
