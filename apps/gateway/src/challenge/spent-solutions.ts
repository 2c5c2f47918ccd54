import { type RedisClient } from '@floodgate/adapters/redis';
import { type Log } from '@floodgate/adapters/kafka';
import { LRUCache } from 'lru-cache';

const REMEMBERED_MAX = 100_000;

/**
 * Which solutions are spent, and on which grab. Redis knows it for all gateways; while it is away each knows only what was spent with itself, so that one
 * solution passes once at each of them.
 */
export class SpentSolutions {
  private readonly own = new LRUCache<string, string>({ max: REMEMBERED_MAX });
  private alone = false;

  constructor(
    private readonly redis: RedisClient,
    private readonly group: string,
    private readonly log: Log,
  ) {}

  /** True when the solution was not spent before, or on this very grab. It stays spent for `ttlMs`. */
  async spend(solutionId: string, grabId: string, ttlMs: number): Promise<boolean> {
    const known = this.own.get(solutionId);
    if (known !== undefined && known !== grabId) return false;
    if (this.redis.status !== 'ready') return this.spendAlone(solutionId, grabId);
    const key = `challenge:${this.group}:${solutionId}`;
    try {
      const isFirst = (await this.redis.set(key, grabId, 'PX', Math.ceil(ttlMs), 'NX')) === 'OK';
      const spentOn = isFirst ? grabId : await this.redis.get(key);
      this.alone = false;
      if (spentOn !== null) this.own.set(solutionId, spentOn);
      return spentOn === grabId;
    } catch (err) {
      return this.spendAlone(solutionId, grabId, err);
    }
  }

  private spendAlone(solutionId: string, grabId: string, err?: unknown): boolean {
    if (!this.alone) this.log.warn({ err }, 'spent solutions are remembered by each gateway alone');
    this.alone = true;
    const spentOn = this.own.get(solutionId) ?? grabId;
    this.own.set(solutionId, spentOn);
    return spentOn === grabId;
  }
}
