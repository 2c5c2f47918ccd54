import { LuaScript, type RedisClient } from '@floodgate/adapters/redis';
import { hash32 } from '@floodgate/kernel';
import { BUCKET_MS } from './paced-bucket';
import { type TokenLender } from './leased-cap';

/** Also the count of a bucket that is over stays for a while, so that a late request finds it used. */
export const TOKENS_KEPT_MS = 20 * BUCKET_MS;

const LEASE = new LuaScript(`
local used = tonumber(redis.call('GET', KEYS[1]) or 0)
local given = math.min(tonumber(ARGV[2]), ARGV[1] - used)
if given <= 0 then return 0 end
redis.call('SET', KEYS[1], used + given, 'PX', ARGV[3])
return given
`);

export interface RedisTokenLenderOptions {
  /** Instances that share a platform's caps have the same; its keys begin with it. */
  readonly group: string;
  readonly instanceId: string;
  /** Into so many keys each bucket is split, so that none of them is hot; the same number on every instance. */
  readonly shards: number;
}

/** Counts leased tokens in a key for each cap, bucket of 100 ms and shard. Instances begin at different shards. */
export class RedisTokenLender implements TokenLender {
  private readonly home: number;

  constructor(
    private readonly redis: RedisClient,
    private readonly options: RedisTokenLenderOptions,
  ) {
    this.home = hash32(options.instanceId) % options.shards;
  }

  async lease(cap: string, bucket: number, quota: number, wanted: number): Promise<number> {
    const { group, shards } = this.options;
    let given = 0;
    for (let i = 0; i < shards && given < wanted; i++) {
      const shard = (this.home + i) % shards;
      const ofShard = Math.floor((quota * (shard + 1)) / shards) - Math.floor((quota * shard) / shards);
      if (ofShard === 0) continue;
      // Without a hash tag: in a cluster also the buckets of one shard are spread.
      const key = `cap:${group}:${cap}:${bucket}:${shard}`;
      given += Number(await LEASE.run(this.redis, [key], [ofShard, wanted - given, TOKENS_KEPT_MS]));
    }
    return given;
  }
}
