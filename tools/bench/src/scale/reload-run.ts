import { setTimeout as sleep } from 'node:timers/promises';
import { createRedis } from '@floodgate/adapters/redis';
import { StackTrouble } from '@floodgate/tools/stack';
import { type Contender, type Measurement } from '../bench';
import { HttpConnection } from '../load/http-connection';
import { type Askers, grabIdOf, userIdOf } from '../load/job';
import { ask } from '../load/one-request';
import { readAnswer } from '../load/run-job';
import { type ToldUnits } from '../told-winners';

export interface ReloadRunOptions {
  readonly name: string;
  readonly redisUrl: string;
  readonly gatewayPort: number;
  readonly campaignId: string;
  /** A pool of one shard with many grants. */
  readonly poolId: string;
  readonly prefix: string;
  readonly tokenOf: (userId: string) => string;
  readonly onTold: (told: ToldUnits) => void;
}

const RELOAD_MS_MAX = 30_000;
const ASK_AGAIN_MS = 10;
const SCAN_COUNT = 1_000;

/** Takes a shard's cache away, and asks for a unit until there is one again. */
export class ReloadRun implements Contender {
  private asked = 0;

  constructor(private readonly options: ReloadRunOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** reloadMs: from the loss until a grab is granted. */
  async measure(): Promise<Measurement> {
    const connection = new HttpConnection(this.options.gatewayPort);
    await connection.open();
    try {
      await this.untilGranted(connection);
      await this.loseCache();
      return { sample: { reloadMs: await this.untilGranted(connection) }, errors: {} };
    } finally {
      connection.close();
    }
  }

  /** Removes every key of the pool. @throws StackTrouble when there is none. */
  private async loseCache(): Promise<void> {
    const { redisUrl, campaignId, poolId } = this.options;
    const redis = createRedis(redisUrl);
    await redis.connect();
    try {
      const keys: string[] = [];
      for (let cursor = ''; cursor !== '0';) {
        const match = `*${campaignId}/${poolId}/*`;
        const [next, found] = await redis.scan(cursor === '' ? '0' : cursor, 'MATCH', match, 'COUNT', SCAN_COUNT);
        keys.push(...found);
        cursor = next;
      }
      if (keys.length === 0) throw new StackTrouble(`Redis holds nothing of ${poolId}, so there is nothing to lose.`);
      await redis.unlink(...keys);
    } finally {
      redis.disconnect();
    }
  }

  /** A new user's grab, asked again while it is told to wait. */
  private async untilGranted(connection: HttpConnection): Promise<number> {
    const { campaignId, poolId, prefix, tokenOf, onTold } = this.options;
    const askers: Askers = { prefix: `${prefix}${this.asked++}` };
    const request = {
      method: 'PUT' as const,
      path: `/campaigns/${campaignId}/pools/${poolId}/grabs/${grabIdOf(askers, 0)}`,
      token: tokenOf(userIdOf(askers, 0)),
      body: '{}',
    };
    const startedAtMs = performance.now();
    for (;;) {
      const { outcome, unitNo } = readAnswer(await ask(connection, request));
      const sinceMs = performance.now() - startedAtMs;
      if (outcome === 'GRANTED') {
        onTold({ askers, unitNos: Int32Array.of(unitNo) });
        return sinceMs;
      }
      if (outcome !== 'WAIT' || sinceMs > RELOAD_MS_MAX) {
        throw new StackTrouble(
          `A grab was answered ${outcome} ${(sinceMs / 1_000).toFixed(1)} s after the cache was lost.`,
        );
      }
      await sleep(ASK_AGAIN_MS);
    }
  }
}
