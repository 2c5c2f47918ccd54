import { createKafka, type Log } from '@floodgate/adapters/kafka';
import { ShardFolds } from '@floodgate/adapters/stock-log';
import { TOPICS } from '@floodgate/contracts';
import { type Evidence } from './evidence';
import { checkInvariant, type InvariantResult } from './invariant';
import { CLIENT_INVARIANTS, STORE_INVARIANTS } from './invariants';
import { LogBook } from './log-book';
import { MysqlSnapshot } from './mysql-snapshot';
import { type AuditOptions, DEFAULT_SCHEMAS } from './options';
import { readPublishedPools } from './published-pools';
import { Scope } from './scope';
import { cutStockLog, readStockLog } from './stock-log-reader';
import { findTwice } from './twice';

export interface AuditReport {
  readonly ok: boolean;
  readonly invariants: readonly InvariantResult[];
}

/**
 * Computes every invariant from the stores alone: the stock log up to its end at the start, and MySQL as of one instant before
 * that, so that whatever stands in MySQL has its cause in what is read of the log. Writes nothing anywhere. Apps may run, but
 * what they have not finished shows as wrong. Memory grows with the grants, not with the rows.
 * @throws StackTrouble when a store cannot be read.
 */
export async function auditStores(options: AuditOptions): Promise<AuditReport> {
  const snapshot = await MysqlSnapshot.open(options.mysqlUrl);
  try {
    const evidence = await gatherEvidence(options, snapshot);
    const invariants: InvariantResult[] = [];
    const checked = options.clientLog === undefined ? STORE_INVARIANTS : [...STORE_INVARIANTS, ...CLIENT_INVARIANTS];
    // One after the other: they share the snapshot's connection.
    for (const invariant of checked) invariants.push(await checkInvariant(invariant, evidence));
    return { ok: invariants.every(({ ok }) => ok), invariants };
  } finally {
    await snapshot.close();
  }
}

async function gatherEvidence(options: AuditOptions, snapshot: MysqlSnapshot): Promise<Evidence> {
  const schemas = options.schemas ?? DEFAULT_SCHEMAS;
  const scope = new Scope(options.campaignIds);
  const { book, stoppedShards } = await foldStockLog(options);
  const pools = [...book.pools.values()].filter(({ pool }) => scope.covers(pool.campaignId));
  return {
    book,
    pools,
    stoppedShards,
    published: await readPublishedPools(snapshot, schemas.activity, scope),
    snapshot,
    schemas,
    scope,
    twice: await findTwice(pools, snapshot, schemas.inventory, scope),
    clientLog: options.clientLog,
  };
}

async function foldStockLog(options: AuditOptions): Promise<Pick<Evidence, 'book' | 'stoppedShards'>> {
  const topic = options.stockLogTopic ?? TOPICS.stockLog.name;
  const kafka = createKafka(options.kafkaBrokers, 'audit', STDERR_LOG);
  const folds = new ShardFolds();
  const book = new LogBook();
  await readStockLog(kafka, {
    topic,
    cut: await cutStockLog(kafka, topic),
    nextOffset: (partition) => folds.nextOffset(partition),
    take: (partition, message) => {
      const folded = folds.take(partition, message);
      if (folded !== undefined) book.take(folded);
    },
  });
  return { book, stoppedShards: folds.stoppedShards };
}

const say = (fields: object, message: string) =>
  void process.stderr.write(`[audit] ${message} ${JSON.stringify(fields)}\n`);

const STDERR_LOG: Log = { info: () => undefined, warn: say, error: say };
