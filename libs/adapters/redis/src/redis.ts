import { Redis, type RedisOptions } from 'ioredis';

/**
 * A Redis client that never sends a write twice: an unanswered command fails instead of being re-sent after a reconnect,
 * nothing queues while the server is away, and every command has a time limit.
 */
export function createRedis(url: string, more: Pick<RedisOptions, 'commandTimeout' | 'connectionName'> = {}): Redis {
  return new Redis(url, { ...base, commandTimeout: 1_000, ...more });
}

/** For SUBSCRIBE: it reconnects by itself and renews what was subscribed. Subscribe on `ready`: while Redis is away a call is refused. */
export function createSubscriber(url: string): Redis {
  return new Redis(url, { ...base, enableOfflineQueue: true, autoResubscribe: true });
}

const base = {
  autoResendUnfulfilledCommands: false,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  lazyConnect: true,
  // disconnect() of a client whose server is away keeps the process for so long.
  disconnectTimeout: 500,
  retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
} satisfies RedisOptions;
