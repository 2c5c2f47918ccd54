import { type RedisClient } from '@floodgate/adapters/redis';
import { type Admission, MemoryAdmission, type Pool } from '@floodgate/domain/inventory';
import { LocalQuotaAdmission, type LocalQuotaOptions } from './local-quota';
import { RedisAdmission } from './redis-admission';

/** Makes each pool's admission as its published strategy says. One per instance. */
export class Admissions {
  constructor(
    private readonly redis: RedisClient,
    private readonly options: { readonly localQuota: LocalQuotaOptions },
  ) {}

  /** A new one at each call: a pool keeps the one it was given. */
  for({ strategy, shards }: Pick<Pool, 'strategy' | 'shards'>): Admission {
    switch (strategy) {
      case 'sharded-counters':
        return new RedisAdmission(this.redis, { shards, free: 'ranges' });
      case 'unit-queue':
        return new RedisAdmission(this.redis, { shards, free: 'units' });
      case 'local-quota':
        return new LocalQuotaAdmission(
          new RedisAdmission(this.redis, { shards, free: 'ranges' }),
          this.options.localQuota,
        );
      case 'memory':
        return new MemoryAdmission();
    }
  }
}
