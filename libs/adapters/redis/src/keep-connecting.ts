import { type RedisClient } from './redis';

/** Where it is said that a server is away. */
interface Log {
  warn(fields: object, message: string): void;
}

const A_MOMENT_MS = 1_000;

/**
 * Connects a client that its process can do without. Resolves when it is connected or the first attempt has failed; the client itself tries on for ever.
 * Each time the server goes away `whenAway` is logged once, not at every attempt to find it again. Never rejects.
 */
export async function keepConnecting(redis: RedisClient, log: Log, whenAway: string): Promise<void> {
  let isAway = false;
  const noteAway = (err: unknown) => {
    if (!isAway) log.warn({ err }, whenAway);
    isAway = true;
  };
  redis.on('ready', () => (isAway = false));
  redis.on('error', noteAway);
  // Of one server the failure comes as an error event too; a cluster that cannot be reached says it here alone.
  await redis.connect().catch(noteAway);
}

/** Waits for `contact`, but a second at most: a process that can do without a server starts without it. Rejects only if `contact` does in that time. */
export async function waitAMoment(contact: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const moment = new Promise((resolve) => (timer = setTimeout(resolve, A_MOMENT_MS)));
  await Promise.race([contact, moment]).finally(() => clearTimeout(timer));
}
