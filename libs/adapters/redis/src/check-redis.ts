import { Cluster, type Redis } from 'ioredis';
import { type RedisClient } from './redis';

/** A server keeps its data by a rule that this platform cannot be run on. */
export class WrongRedisSetting extends Error {}

/**
 * Throws WrongRedisSetting, in one sentence, when a Redis server may drop keys to make room: it would forget proposals, and with them who holds
 * what. Of a cluster each master is asked. INFO tells it also where CONFIG is refused.
 */
export async function checkNoEviction(redis: RedisClient): Promise<void> {
  const servers = redis instanceof Cluster ? redis.nodes('master') : [redis];
  if (servers.length === 0) throw new Error('no master of the Redis Cluster is known yet');
  for (const server of servers) await checkServer(server);
}

async function checkServer(server: Redis): Promise<void> {
  const policy = /^maxmemory_policy:(\S+)/m.exec(await server.info('memory'))?.[1];
  if (policy === 'noeviction') return;
  const { host, port } = server.options;
  const has = policy === undefined ? 'does not tell its maxmemory-policy' : `has maxmemory-policy ${policy}`;
  throw new WrongRedisSetting(`Redis at ${host}:${port} ${has}; it must be noeviction`);
}
