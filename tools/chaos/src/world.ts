import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKafka, EventPublisher, type Log } from '@floodgate/adapters/kafka';
import { createDataSource, selectRows } from '@floodgate/adapters/mysql';
import { Redis } from 'ioredis';
import { type Admin, type Kafka } from 'kafkajs';
import { type DataSource } from 'typeorm';
import { emptyTopics, TOPICS_REQUEST_MS_MAX, type TopicSpec } from './servers/empty-topics';
import { type ChaosEnvironment, type ChaosProfile, loadChaosEnvironment, type ServerSpec } from './servers/environment';
import { InventoryInstance } from './servers/inventory-instance';
import { ServerProcess } from './servers/server-process';
import { TcpProxy } from './servers/tcp-proxy';
import { allOver, waitFor } from './servers/wait';

/** Durations of inventory, about ten times shorter than in production, so that a schedule takes seconds. */
export const SHORT_DURATIONS: Readonly<Record<string, string>> = {
  PROFILE: 'production',
  BUDGET_INVENTORY_GRAB_MS: '400',
  GRAB_POLL_AFTER_MS: '50',
  CLOCK_SYNC_EVERY_MS: '1000',
  SHUTDOWN_GRACE_MS: '3000',
  CONSUMER_SESSION_MS: '2000',
  KAFKA_REQUEST_TIMEOUT_MS: '1500',
  PROPOSAL_TIMEOUT_MS: '500',
  CONSUMER_STUCK_AFTER_MS: '6000',
  // One of the two fault profiles has one broker.
  STOCK_LOG_REPLICAS_MIN: '1',
  STOCK_LOG_IN_SYNC_MIN: '1',
};

const QUIET: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const TOPICS_MS_MAX = 120_000;
/** A broker may take its time over topics, and then answers just in time. */
const KAFKA_REQUEST_MS_MAX = TOPICS_REQUEST_MS_MAX + 5_000;
const GROUPS_MS_MAX = 60_000;

/** The servers of a fault profile, two instances of inventory on them, and everything that can be done to them. */
export class ChaosWorld {
  readonly servers: ReadonlyMap<string, ServerProcess>;
  readonly instances: readonly InventoryInstance[];
  readonly kafka: Kafka;
  /** Another one after each reset. */
  admin: Admin;
  readonly publisher: EventPublisher;
  /** May do anything in MySQL. */
  readonly sql: DataSource;
  readonly redis: Redis;
  readonly redisReplica: Redis;
  /** One an instance. */
  redisProxies: readonly TcpProxy[] = [];
  /** One a broker. */
  kafkaProxies: readonly TcpProxy[] = [];

  private constructor(
    readonly environment: ChaosEnvironment,
    durations: Readonly<Record<string, string>>,
  ) {
    this.servers = new Map(environment.servers.map((spec) => [spec.name, new ServerProcess(spec, this.probeOf(spec))]));
    this.instances = environment.instances.map((spec) => new InventoryInstance(spec, environment, durations));
    this.kafka = createKafka(environment.kafkaBrokers, 'chaos', QUIET, KAFKA_REQUEST_MS_MAX);
    this.admin = adminOf(this.kafka);
    this.publisher = new EventPublisher(this.kafka);
    this.sql = createDataSource({ url: `${environment.adminUrl}/${environment.inventorySchema}`, poolSize: 4 });
    this.redis = quietRedis(environment.redisUrl);
    this.redisReplica = quietRedis(environment.redisReplicaUrl);
  }

  /** Connects to the servers, which must be up. The instances are started by reset(). */
  static async open(profile: ChaosProfile, more: Readonly<Record<string, string>> = {}): Promise<ChaosWorld> {
    const world = new ChaosWorld(loadChaosEnvironment(profile), { ...SHORT_DURATIONS, ...more });
    await world.connect();
    return world;
  }

  server(name: string): ServerProcess {
    const server = this.servers.get(name);
    if (server === undefined) throw new RangeError(`the ${this.environment.name} profile has no ${name}`);
    return server;
  }

  broker(index: number): ServerProcess {
    return this.server(index === 0 ? 'kafka' : `kafka-${index + 1}`);
  }

  instance(index: number): InventoryInstance {
    const instance = this.instances[index];
    if (instance === undefined) throw new RangeError(`there is no instance ${index}`);
    return instance;
  }

  /** Everything as new: no campaign, an empty log, an empty register, instances freshly started. */
  async reset(): Promise<void> {
    await this.healServers();
    await Promise.all(this.instances.map((instance) => instance.end('SIGTERM')));
    // None goes on in the background when it is begun anew.
    await allOver([this.emptyKafka(), this.emptyMysql(), this.redis.flushall()]);
    for (const instance of this.instances) instance.forgetLog();
    await this.healInstances();
  }

  /** Whatever was done to servers and instances is over; returns when all of them serve. */
  async heal(): Promise<void> {
    await this.healServers();
    await this.healInstances();
  }

  /** Ends the instances; the servers stay. */
  async close(): Promise<void> {
    for (const instance of this.instances) instance.resume();
    await Promise.all(this.instances.map((instance) => instance.end('SIGTERM')));
    await Promise.all([...this.redisProxies, ...this.kafkaProxies].map((proxy) => proxy.close()));
    this.redis.disconnect();
    this.redisReplica.disconnect();
    await this.publisher.disconnect();
    await this.admin.disconnect();
    await this.sql.destroy();
  }

  private async connect(): Promise<void> {
    const { instances, brokers } = this.environment;
    for (const server of this.servers.values()) server.resume();
    for (const instance of this.instances) instance.killLeftover();
    const redisPort = this.server('redis').spec.port;
    this.redisProxies = await Promise.all(instances.map((one) => TcpProxy.listen(one.redisProxyPort, redisPort)));
    this.kafkaProxies = await Promise.all(brokers.map(({ proxy, proxied }) => TcpProxy.listen(proxy, proxied)));
    await this.sql.initialize();
    await Promise.all([this.redis.connect(), this.redisReplica.connect()]);
    await this.admin.connect();
    await this.publisher.connect();
  }

  private probeOf({ name, port }: ServerSpec): () => Promise<void> {
    if (name === 'mariadb') return async () => void (await this.sql.query('SELECT 1'));
    if (name === 'redis') return async () => void (await this.redis.ping());
    if (name === 'redis-2') return async () => void (await this.redisReplica.ping());
    return async () => {
      const { brokers } = await this.admin.describeCluster();
      if (!brokers.some((broker) => broker.port === port)) throw new Error('it is not in the cluster yet');
    };
  }

  private async healServers(): Promise<void> {
    for (const server of this.servers.values()) server.resume();
    await allOver([...this.servers.values()].map((server) => server.start()));
    for (const proxy of [...this.redisProxies, ...this.kafkaProxies]) proxy.lose(undefined);
    await this.healRedis();
  }

  /** Undoes what was configured, and leads everybody back to the first server. */
  async healRedis(): Promise<void> {
    const { port } = this.server('redis').spec;
    for (const [name, value] of Object.entries({ 'min-replicas-to-write': '0', maxmemory: '0', save: '' })) {
      await this.redis.config('SET', name, value);
    }
    for (const proxy of this.redisProxies) {
      if (proxy.target === port) continue;
      proxy.retarget(port);
      proxy.cutAll();
    }
    await this.redisReplica.replicaof('127.0.0.1', port);
  }

  private async healInstances(): Promise<void> {
    await Promise.all(
      this.instances.map(async (instance) => {
        instance.resume();
        if (!instance.isRunning) await instance.spawn();
        await instance.untilReady();
      }),
    );
  }

  private async emptyKafka(): Promise<void> {
    const file = join(this.environment.root, 'libs/contracts/topics.json');
    const topics = JSON.parse(readFileSync(file, 'utf8')) as TopicSpec[];
    // Brokers that have just started refuse for a while what they will soon do.
    await waitFor('the topics to be empty', TOPICS_MS_MAX, async () => {
      await this.renewAdmin();
      await emptyTopics(this.admin, topics);
      return true;
    });
    await this.deleteGroups();
  }

  /** kafkajs asks for every topic that a client was ever asked about, and fails at anything as long as one of them is gone. */
  private async renewAdmin(): Promise<void> {
    await this.admin.disconnect();
    this.admin = adminOf(this.kafka);
    await this.admin.connect();
  }

  /** What inventory's groups have committed is about topics that are gone. A dead member keeps its group for a while. */
  private async deleteGroups(): Promise<void> {
    await waitFor('the consumer groups to be gone', GROUPS_MS_MAX, async () => {
      const { groups } = await this.admin.listGroups();
      const ids = groups.map(({ groupId }) => groupId).filter(isInventorysOwn);
      if (ids.length > 0) await this.admin.deleteGroups(ids);
      return true;
    });
  }

  private async emptyMysql(): Promise<void> {
    const tables = await selectRows<{ name: string }>(
      this.sql,
      `SELECT table_name AS name FROM information_schema.tables
       WHERE table_schema = ? AND table_type = 'BASE TABLE' AND table_name <> 'schema_migrations'`,
      [this.environment.inventorySchema],
    );
    for (const { name } of tables) await this.sql.query(`DELETE FROM \`${name}\``);
  }
}

/** Followers' groups are of one life each and commit nothing. */
const isInventorysOwn = (groupId: string) =>
  groupId.startsWith('inventory.') && !groupId.startsWith('inventory.stock-log-follower.');

const adminOf = (kafka: Kafka): Admin => kafka.admin({ retry: { retries: 12 } });

function quietRedis(url: string): Redis {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => 50 });
  // Its server is killed on purpose, and a command that fails says so by itself.
  redis.on('error', () => undefined);
  return redis;
}
