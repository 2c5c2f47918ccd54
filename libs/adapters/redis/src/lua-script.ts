import { createHash } from 'node:crypto';
import { Cluster, Command } from 'ioredis';
import { type RedisClient } from './redis';

/** Which scripts have run on which server since each client was connected to it. */
const runBefore = new WeakMap<RedisClient, Set<string>>();

/**
 * A Lua script, called by its SHA-1 once it has run, and by its text before. A server that does not know it would refuse the SHA-1, and what was
 * sent right after, by a script that it knows, would overtake the text: calls for the same keys keep their order. Only what
 * is on its way at the moment when a server forgets its scripts may be overtaken by what others teach it just then.
 *
 * In a cluster it runs where its keys are, which must share a slot.
 */
export class LuaScript {
  private readonly sha: string;

  constructor(private readonly text: string) {
    this.sha = createHash('sha1').update(text).digest('hex');
  }

  async run(redis: RedisClient, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const known = scriptsRunBy(redis);
    const here = `${serverOf(redis, keys)} ${this.sha}`;
    if (known.has(here)) {
      try {
        return await redis.evalsha(this.sha, keys.length, ...keys, ...args);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        // It has forgotten the others too.
        known.clear();
      }
    }
    const reply = await redis.eval(this.text, keys.length, ...keys, ...args);
    known.add(here);
    return reply;
  }
}

function scriptsRunBy(redis: RedisClient): Set<string> {
  const known = runBefore.get(redis);
  if (known !== undefined) return known;
  const none = new Set<string>();
  runBefore.set(redis, none);
  // Another server may answer than before, or the same after a restart. A cluster makes each connection to a node anew.
  redis.on('ready', () => none.clear());
  redis.on('+node', () => none.clear());
  return none;
}

/** In a cluster the address of the master that holds the keys. */
function serverOf(redis: RedisClient, [key = '']: readonly string[]): string {
  if (!(redis instanceof Cluster)) return '';
  const slot = new Command('get', [key]).getSlot();
  return (slot === null ? undefined : redis.slots[slot]?.[0]) ?? '';
}
