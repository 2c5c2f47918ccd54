import { type RedisClient } from './redis';

/** Where it is said that a subscription was refused. */
interface Log {
  warn(fields: object, message: string): void;
}

const AGAIN_AFTER_MS = 1_000;

export interface KeptSubscription {
  readonly channel: string;
  readonly log: Log;
  readonly whenRefused: string;
  /** Called each time it stands: what was published before is to be looked up. */
  readonly onSubscribed?: () => void;
}

/**
 * Subscribes a client made by createSubscriber to a channel after each connect, and again each second while the server refuses it on a connection that stays: a
 * script that runs long refuses everybody for as long. Call it before the client connects.
 */
export function keepSubscribed(
  redis: RedisClient,
  { channel, log, whenRefused, onSubscribed }: KeptSubscription,
): void {
  const subscribe = async (): Promise<void> => {
    // The next connect begins anew.
    if (redis.status !== 'ready') return;
    try {
      await redis.subscribe(channel);
      onSubscribed?.();
    } catch (err) {
      log.warn({ err }, whenRefused);
      setTimeout(() => void subscribe(), AGAIN_AFTER_MS).unref();
    }
  };
  redis.on('ready', () => void subscribe());
}
