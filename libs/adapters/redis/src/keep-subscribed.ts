import { type RedisClient } from './redis';

/** Where it is said that a subscription was refused. */
interface Log {
  warn(fields: object, message: string): void;
}

const AGAIN_AFTER_MS = 1_000;
const RENEW_EVERY_MS = 5_000;

export interface KeptSubscription {
  readonly channel: string;
  readonly log: Log;
  readonly whenRefused: string;
  /** Called each time it comes about: what was published before is to be looked up. */
  readonly onSubscribed?: () => void;
  readonly renewEveryMs?: number;
}

/**
 * Subscribes a client made by createSubscriber to a channel after each connect, and again each second while the server refuses it on a connection that stays: a
 * script that runs long refuses everybody for as long. It is renewed now and then too, since a cluster's client moves it to another node by itself, and tells
 * nobody when that one refuses it. Call it before the client connects.
 */
export function keepSubscribed(redis: RedisClient, options: KeptSubscription): void {
  const { channel, log, whenRefused, onSubscribed, renewEveryMs = RENEW_EVERY_MS } = options;
  let timer: NodeJS.Timeout | undefined;
  let stands = false;
  let isRefused = false;
  const subscribe = async (): Promise<void> => {
    const isNew = !stands;
    try {
      await redis.subscribe(channel);
      stands = true;
      isRefused = false;
    } catch (err) {
      // The next connect begins anew.
      if (redis.status !== 'ready') return;
      if (!isRefused) log.warn({ err }, whenRefused);
      isRefused = true;
      stands = false;
    }
    clearTimeout(timer);
    timer = setTimeout(again, stands ? renewEveryMs : AGAIN_AFTER_MS).unref();
    if (stands && isNew) onSubscribed?.();
  };
  const again = () => {
    if (redis.status === 'ready') void subscribe();
  };
  redis.on('ready', () => {
    stands = false;
    void subscribe();
  });
}
