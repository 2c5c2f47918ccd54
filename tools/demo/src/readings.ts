import { createKafka } from '@floodgate/adapters/kafka';
import { createDataSource, placeholders, selectRows } from '@floodgate/adapters/mysql';
import { createRedis } from '@floodgate/adapters/redis';
import { TOPICS } from '@floodgate/contracts';
import { type StackEnvironment } from '@floodgate/tools/stack';
import { ConfigResourceTypes } from 'kafkajs';
import { type DataSource } from 'typeorm';

const COUNTED = ['Com_select', 'Com_insert', 'Com_update', 'Com_delete', 'Com_commit'] as const;

/** Statement -> how many the database server has run since its start, whoever sent them. */
export type StatementCounts = Readonly<Record<string, number>>;

/** How many of a campaign's rows are in which state. */
export type StateCounts = Readonly<Record<string, number>>;

/** What the payment channel has noted of a campaign's payouts. */
export interface PayAttempts {
  /** Database time at which this was so, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Attempts beyond the first of each payout. */
  readonly again: number;
  /** Payouts whose last attempt it refused. */
  readonly refused: number;
}

const CLOCK_READINGS = 5;

/** Reads the stores with the account that may change nothing. */
export class StoreReader {
  private constructor(private readonly dataSource: DataSource) {}

  static async open(environment: StackEnvironment): Promise<StoreReader> {
    const dataSource = createDataSource({ url: environment.auditUrl, poolSize: 2 });
    await dataSource.initialize();
    return new StoreReader(dataSource);
  }

  /** Database time, which decides windows, in milliseconds since 1970. */
  async nowMs(): Promise<number> {
    const [row] = await selectRows<{ nowMs: number }>(
      this.dataSource,
      'SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) AS nowMs',
    );
    return Number(row?.nowMs);
  }

  /** Database time minus this machine's, in whole milliseconds: by the quickest of some answers, which can be wrong by half its round trip. */
  async offsetMs(): Promise<number> {
    let best = { tookMs: Infinity, offsetMs: 0 };
    for (let reading = 0; reading < CLOCK_READINGS; reading += 1) {
      const sentMs = Date.now();
      const startedAt = performance.now();
      const nowMs = await this.nowMs();
      const tookMs = performance.now() - startedAt;
      if (tookMs < best.tookMs) best = { tookMs, offsetMs: nowMs - (sentMs + tookMs / 2) };
    }
    return Math.round(best.offsetMs);
  }

  async statements(): Promise<StatementCounts> {
    const rows = await selectRows<{ Variable_name: string; Value: string }>(
      this.dataSource,
      `SHOW GLOBAL STATUS WHERE Variable_name IN (${placeholders(COUNTED)})`,
      COUNTED,
    );
    return Object.fromEntries(rows.map((row) => [row.Variable_name.replace('Com_', ''), Number(row.Value)]));
  }

  payoutStates(campaignId: string): Promise<StateCounts> {
    return this.states('fg_prize_payout.payouts', campaignId);
  }

  orderStates(campaignId: string): Promise<StateCounts> {
    return this.states('fg_order.orders', campaignId);
  }

  /** From the channel's own record, whatever the payout service believes. */
  async payAttempts(campaignId: string): Promise<PayAttempts> {
    const [row] = await selectRows<Record<keyof PayAttempts, number | null>>(
      this.dataSource,
      `SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) AS nowMs, SUM(e.attempts - 1) AS again,
         SUM(e.state = 'FAILED') AS refused
       FROM fg_prize_payout.payouts p JOIN fg_channel.channel_entries e ON e.number = p.payout_id
       WHERE p.campaign_id = ?`,
      [campaignId],
    );
    return { nowMs: Number(row?.nowMs), again: Number(row?.again ?? 0), refused: Number(row?.refused ?? 0) };
  }

  /** Sale income in the ledger: how many orders it knows to be paid. */
  async incomes(campaignId: string): Promise<number> {
    const [row] = await selectRows<{ count: number }>(
      this.dataSource,
      "SELECT COUNT(*) AS count FROM fg_ledger.transfers WHERE campaign_id = ? AND kind = 'INCOME'",
      [campaignId],
    );
    return Number(row?.count);
  }

  async settings(names: readonly string[]): Promise<Record<string, string>> {
    const rows = await selectRows<{ Variable_name: string; Value: string }>(
      this.dataSource,
      `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${placeholders(names)})`,
      names,
    );
    return Object.fromEntries(rows.map((row) => [row.Variable_name, row.Value]));
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
  }

  private async states(table: string, campaignId: string): Promise<StateCounts> {
    const rows = await selectRows<{ state: string; count: number }>(
      this.dataSource,
      `SELECT state, COUNT(*) AS count FROM ${table} WHERE campaign_id = ? GROUP BY state`,
      [campaignId],
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
  }
}

/** What was counted between two readings. */
export function between(before: StatementCounts, after: StatementCounts): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]));
}

/** How durable a write is, as the servers themselves say; server -> setting -> value. */
export type DurableSettings = Readonly<Record<string, Readonly<Record<string, string>>>>;

export async function readDurableSettings(
  environment: StackEnvironment,
  stores: StoreReader,
): Promise<DurableSettings> {
  const [mariadb, redis, kafka] = await Promise.all([
    stores.settings(['version', 'innodb_flush_log_at_trx_commit', 'log_bin', 'sync_binlog']),
    readRedis(environment.redisUrl).catch(unreadable),
    readKafka(environment.kafkaBrokers).catch(unreadable),
  ]);
  return { MySQL: mariadb, Redis: redis, Kafka: kafka };
}

/** Somebody else's servers may not let themselves be asked; the report then says so. */
const unreadable = (error: unknown) => ({ unreadable: error instanceof Error ? error.message : String(error) });

async function readRedis(url: string): Promise<Record<string, string>> {
  const redis = createRedis(url);
  try {
    await redis.connect();
    const version = /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown';
    const names = ['appendonly', 'appendfsync', 'maxmemory-policy'];
    const values = await Promise.all(names.map(async (name) => (await redis.config('GET', name)) as string[]));
    return { version, ...Object.fromEntries(values.map(([name, value]) => [name ?? '', value ?? ''])) };
  } finally {
    redis.disconnect();
  }
}

const SILENT_LOG = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function readKafka(brokers: string): Promise<Record<string, string>> {
  const admin = createKafka(brokers, 'demo', SILENT_LOG).admin();
  await admin.connect();
  try {
    const cluster = await admin.describeCluster();
    const [topic] = (await admin.fetchTopicMetadata({ topics: [STOCK_LOG] })).topics;
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: STOCK_LOG, configNames: [...TOPIC_SETTINGS] }],
    });
    const settings = resources[0]?.configEntries.map((entry) => [entry.configName, entry.configValue] as const) ?? [];
    return {
      brokers: String(cluster.brokers.length),
      replicas: String(topic?.partitions[0]?.replicas.length ?? 0),
      acks: 'all',
      ...Object.fromEntries(settings),
    };
  } finally {
    await admin.disconnect();
  }
}

const TOPIC_SETTINGS = ['min.insync.replicas', 'flush.messages', 'retention.ms', 'cleanup.policy'] as const;
const STOCK_LOG = TOPICS.stockLog.name;
