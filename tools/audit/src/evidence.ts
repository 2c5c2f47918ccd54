import { type LogBook, type PoolBook } from './log-book';
import { type MysqlSnapshot } from './mysql-snapshot';
import { type AuditSchemas } from './options';
import { type PublishedPool } from './published-pools';
import { type Scope } from './scope';
import { type Twice } from './twice';

/** All that the invariants are computed from: the stores, and nothing that the apps have counted. */
export interface Evidence {
  readonly book: LogBook;
  /** Pools of the log that this audit is about. */
  readonly pools: readonly PoolBook[];
  /** Shards that could not be folded, with why. */
  readonly stoppedShards: ReadonlyMap<string, string>;
  /** As activity has published them, by poolKey. */
  readonly published: ReadonlyMap<string, PublishedPool>;
  readonly snapshot: MysqlSnapshot;
  readonly schemas: AuditSchemas;
  readonly scope: Scope;
  readonly twice: Twice;
  /** Path of the clients' log. */
  readonly clientLog: string | undefined;
}
