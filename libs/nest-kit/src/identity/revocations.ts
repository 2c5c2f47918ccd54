import { type RedisClient } from '@floodgate/adapters/redis';
import { type Log } from '@floodgate/adapters/kafka';
import { type Clock, OutcomeError } from '@floodgate/kernel';
import { PeriodicJob } from '../periodic-job';
import { type TokenIdentity } from './token-identity';

export interface RevocationsOptions {
  readonly redis: RedisClient;
  /** Services with the same name share revocations. */
  readonly group: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly pollEveryMs: number;
}

/** What is revoked: one token by its id (jti), or all of a user's. */
export type Revoked = { readonly tokenId: string } | { readonly userId: string };

const REVOKED_MAX = 100_000;

/** Tokens and users that are not recognised any more, though their tokens are genuine. In memory, read from Redis again and again; without it the last known. */
export class Revocations {
  private until: ReadonlyMap<string, number> = new Map();
  private readonly key: string;
  private readonly job: PeriodicJob;

  constructor(private readonly options: RevocationsOptions) {
    this.key = `revoked:${options.group}`;
    this.job = new PeriodicJob({
      name: 'revocations',
      everyMs: options.pollEveryMs,
      log: options.log,
      round: async () => {
        if (options.redis.status === 'ready') await this.poll();
        return false;
      },
    });
  }

  start(): void {
    this.job.start();
  }

  async stop(): Promise<void> {
    await this.job.stop();
  }

  isRevoked({ userId, tokenId }: TokenIdentity): boolean {
    const { until } = this;
    if (until.size === 0) return false;
    const nowMs = this.options.clock.nowMs();
    if ((until.get(memberOf({ userId })) ?? 0) > nowMs) return true;
    return tokenId !== undefined && (until.get(memberOf({ tokenId })) ?? 0) > nowMs;
  }

  /** Revokes until `untilMs`, on every instance. Throws TRY_LATER while Redis is away. */
  async revoke(revoked: Revoked, untilMs: number): Promise<void> {
    const { redis, clock } = this.options;
    try {
      await redis.zremrangebyscore(this.key, '-inf', clock.nowMs());
      await redis.zadd(this.key, untilMs, memberOf(revoked));
      await this.poll();
    } catch (cause) {
      throw new OutcomeError('TRY_LATER', 'not revoked: Redis does not answer', { pollAfterMs: 1_000, cause });
    }
  }

  private async poll(): Promise<void> {
    const { redis, clock } = this.options;
    const flat = await redis.zrangebyscore(this.key, clock.nowMs(), '+inf', 'WITHSCORES', 'LIMIT', 0, REVOKED_MAX);
    const until = new Map<string, number>();
    for (let i = 0; i + 1 < flat.length; i += 2) until.set(flat[i] ?? '', Number(flat[i + 1]));
    this.until = until;
  }
}

const memberOf = (revoked: Revoked): string =>
  'tokenId' in revoked ? `jti:${revoked.tokenId}` : `sub:${revoked.userId}`;
