import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultPlan, type RedisHarm } from '../plan/fault-plan';
import { waitFor } from '../servers/wait';
import { type ChaosWorld } from '../world';

const REPLICA_MS_MAX = 60_000;
const SAVE_MS_MAX = 60_000;

/** Does the harm, and undoes what lasts after `forMs`. */
export async function harmRedis(
  { how, forMs }: Extract<FaultPlan, { kind: 'redis' }>,
  world: ChaosWorld,
): Promise<void> {
  await HARMS[how](world, forMs);
}

const HARMS: Readonly<Record<RedisHarm, (world: ChaosWorld, forMs: number) => Promise<unknown>>> = {
  flush: ({ redis }) => redis.flushall(),
  'flush-in-flight': flushInFlight,
  'lose-data': loseData,
  'flush-scripts': ({ redis }) => redis.script('FLUSH', 'SYNC'),
  'stale-replica': (world, forMs) => promoteReplica(world, forMs, world.redisProxies),
  'split-brain': (world, forMs) => promoteReplica(world, forMs, world.redisProxies.slice(1)),
  // It has one replica, so it can never have two.
  'refuse-writes-replicas': (world, forMs) => configured(world, forMs, ['min-replicas-to-write', '2', '0']),
  'refuse-writes-memory': (world, forMs) => configured(world, forMs, ['maxmemory', '1', '0']),
  'refuse-writes-disk': refuseForDisk,
};

async function flushInFlight(world: ChaosWorld, forMs: number): Promise<void> {
  const brokers = world.environment.brokers.map((_, index) => world.broker(index));
  for (const broker of brokers) broker.pause();
  try {
    await sleep(forMs / 2);
    await world.redis.flushall();
    await sleep(forMs / 2);
  } finally {
    for (const broker of brokers) broker.resume();
  }
}

async function loseData(world: ChaosWorld): Promise<void> {
  const server = world.server('redis');
  await server.end('SIGKILL');
  rmSync(join(server.spec.data, 'appendonlydir'), { recursive: true, force: true });
  await server.start();
}

/**
 * The replica stops following, and takes over for these proxies some time later: what the first server did in between is
 * unknown to it. At the end everybody goes back to the first server, which has missed what the replica did.
 */
async function promoteReplica(world: ChaosWorld, forMs: number, proxies: ChaosWorld['redisProxies']): Promise<void> {
  await waitFor('the replica to be in step', REPLICA_MS_MAX, async () => {
    const info = await world.redisReplica.info('replication');
    return info.includes('master_link_status:up');
  });
  await world.redisReplica.replicaof('NO', 'ONE');
  await sleep(forMs / 2);
  for (const proxy of proxies) {
    proxy.retarget(world.server('redis-2').spec.port);
    proxy.cutAll();
  }
  await sleep(forMs);
  await world.healRedis();
}

async function configured(
  { redis }: ChaosWorld,
  forMs: number,
  [name, harm, usual]: readonly [string, string, string],
): Promise<void> {
  await redis.config('SET', name, harm);
  await sleep(forMs);
  await redis.config('SET', name, usual);
}

/** MISCONF: a snapshot that is due cannot be written, because a folder has its name. */
async function refuseForDisk(world: ChaosWorld, forMs: number): Promise<void> {
  const { redis } = world;
  const inTheWay = join(world.server('redis').spec.data, 'dump.rdb');
  rmSync(inTheWay, { recursive: true, force: true });
  mkdirSync(join(inTheWay, 'in-the-way'), { recursive: true });
  try {
    await redis.config('SET', 'save', '3600 1');
    // Refused while another child runs, of a replica's full resync for one. Accepted it is under way at once, not only scheduled.
    await waitFor('the snapshot to begin', SAVE_MS_MAX, () => redis.bgsave());
    await waitFor('the snapshot to fail', SAVE_MS_MAX, async () => isLastSaveFailed(await redis.info('persistence')));
    await sleep(forMs);
  } finally {
    await redis.config('SET', 'save', '');
    rmSync(inTheWay, { recursive: true, force: true });
  }
}

/** While one is under way, an error is of one before. */
const isLastSaveFailed = (info: string) =>
  info.includes('rdb_bgsave_in_progress:0') && info.includes('rdb_last_bgsave_status:err');
