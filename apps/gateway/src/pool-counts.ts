import { inventoryV1 } from '@floodgate/contracts';
import { callUnary, LOG } from '@floodgate/nest-kit';
import { Inject, Injectable } from '@nestjs/common';
import { type Logger } from 'pino';
import { Services } from './services';

export type PoolCount = inventoryV1.PoolCount;

interface Entry {
  counts: readonly PoolCount[] | undefined;
  measuredAt: number;
  measuring: Promise<readonly PoolCount[] | undefined> | undefined;
}

/** How many units each pool of a campaign has left, as inventory's folds last said. One question at a time a campaign. */
@Injectable()
export class PoolCounts {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly services: Services,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  /** Asks inventory. Throws what callUnary throws. */
  async measure(campaignId: string): Promise<readonly PoolCount[]> {
    const [client] = this.services.inventory;
    if (!client) return [];
    const answer = await callUnary(client, client.describePools, { campaignId }, this.services.budgetMs);
    this.entry(campaignId).counts = answer.pools;
    this.entry(campaignId).measuredAt = performance.now();
    return answer.pools;
  }

  /**
   * What is known, measured again in the background when older than `maxAgeMs`. Undefined until the first measurement.
   * Ids must be those of published campaigns: each keeps an entry.
   */
  recent(campaignId: string, maxAgeMs: number): readonly PoolCount[] | undefined {
    const entry = this.entry(campaignId);
    if (performance.now() - entry.measuredAt > maxAgeMs) void this.refresh(campaignId);
    return entry.counts;
  }

  /** Measures, or waits for the measurement under way. Never rejects: undefined when inventory did not tell. */
  refresh(campaignId: string): Promise<readonly PoolCount[] | undefined> {
    const entry = this.entry(campaignId);
    entry.measuring ??= this.measure(campaignId)
      .catch((err: unknown) => {
        this.log.warn({ err, campaignId }, 'pool counts not measured');
        return undefined;
      })
      .finally(() => {
        entry.measuring = undefined;
        entry.measuredAt = performance.now();
      });
    return entry.measuring;
  }

  private entry(campaignId: string): Entry {
    const known = this.entries.get(campaignId);
    if (known) return known;
    const made: Entry = { counts: undefined, measuredAt: -Infinity, measuring: undefined };
    this.entries.set(campaignId, made);
    return made;
  }
}
