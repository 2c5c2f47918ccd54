import { startRedis, type TestRedisServer } from './redis-server';
import { until } from './until';

const SLOTS = 16_384;

export interface RedisClusterOptions {
  readonly masters: number;
  /** Replicas of each master; 0 by default. */
  readonly replicas?: number;
}

/** A real Redis Cluster of plain processes on this machine. Stop it in afterAll. */
export interface TestRedisCluster {
  /** In the order of the slots they begin with, which they share evenly. */
  readonly masters: readonly TestRedisServer[];
  /** Of all masters: those of the first, then those of the second. */
  readonly replicas: readonly TestRedisServer[];
  /** The masters' URLs, comma-separated. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the servers, joins them and waits until the cluster takes commands and each replica is in step. */
export async function startRedisCluster({
  masters: count,
  replicas = 0,
}: RedisClusterOptions): Promise<TestRedisCluster> {
  const servers = await Promise.all(Array.from({ length: count * (1 + replicas) }, startNode));
  const masters = servers.slice(0, count);
  const followers = servers.slice(count);
  // Nodes that come with one epoch settle by themselves whose is higher, long after all is well, and may undo a take-over.
  await Promise.all(servers.map(({ admin }, index) => admin.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)));
  await Promise.all(masters.map((master, index) => giveSlots(master, index, count)));
  for (const server of servers.slice(1)) await meet(server, masters);
  await until('all nodes know each other', () => allKnow(servers));
  await Promise.all(followers.map((replica, index) => follow(replica, masters[Math.floor(index / replicas)])));
  await until('the cluster is ready', () => isReady(servers, followers));
  return {
    masters,
    replicas: followers,
    url: masters.map(({ url }) => url).join(','),
    stop: async () => {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

function startNode(): Promise<TestRedisServer> {
  return startRedis({
    cluster: true,
    settings: {
      // On a busy machine a node may be silent for a while.
      'cluster-node-timeout': '15000',
      // A shard whose master is away waits; the others go on.
      'cluster-require-full-coverage': 'no',
    },
  });
}

async function giveSlots({ admin }: TestRedisServer, index: number, count: number): Promise<void> {
  const first = Math.floor((SLOTS * index) / count);
  const last = Math.floor((SLOTS * (index + 1)) / count) - 1;
  await admin.call('CLUSTER', 'ADDSLOTSRANGE', first, last);
}

async function meet(server: TestRedisServer, [first]: readonly TestRedisServer[]): Promise<void> {
  if (first === undefined) throw new RangeError('a cluster has a master');
  const [, busPort] = (await first.admin.call('CONFIG', 'GET', 'cluster-port')) as string[];
  await server.admin.call('CLUSTER', 'MEET', '127.0.0.1', first.port, busPort ?? '');
}

async function follow(replica: TestRedisServer, master: TestRedisServer | undefined): Promise<void> {
  if (master === undefined) throw new RangeError('each replica has a master');
  await replica.admin.call('CLUSTER', 'REPLICATE', String(await master.admin.call('CLUSTER', 'MYID')));
}

/** A node that another has only heard of, and not shaken hands with, goes by a name that is not its own yet. */
async function allKnow(servers: readonly TestRedisServer[]): Promise<boolean> {
  const lists = await Promise.all(servers.map(({ admin }) => admin.call('CLUSTER', 'NODES')));
  return lists.every((list) => {
    const nodes = String(list).trim().split('\n');
    return nodes.length === servers.length && !nodes.some((node) => node.includes('handshake'));
  });
}

async function isReady(servers: readonly TestRedisServer[], replicas: readonly TestRedisServer[]): Promise<boolean> {
  const lists = await Promise.all(servers.map(({ admin }) => admin.call('CLUSTER', 'NODES')));
  const allSeen = lists.every((list) => String(list).split('slave').length - 1 === replicas.length);
  // A node that knows nobody's slots but its own finds its state fine too.
  const slots = await Promise.all(servers.map(({ admin }) => info(admin.call('CLUSTER', 'INFO'), 'cluster_slots_ok')));
  const states = await Promise.all(servers.map(({ admin }) => info(admin.call('CLUSTER', 'INFO'), 'cluster_state')));
  const links = await Promise.all(replicas.map(({ admin }) => info(admin.info('replication'), 'master_link_status')));
  const allSlots = slots.every((count) => Number(count) === SLOTS);
  return allSeen && allSlots && states.every((state) => state === 'ok') && links.every((link) => link === 'up');
}

async function info(text: Promise<unknown>, field: string): Promise<string | undefined> {
  return new RegExp(`^${field}:(\\S+)`, 'm').exec(String(await text))?.[1];
}
