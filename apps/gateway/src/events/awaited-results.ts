import { callUnary, Lifecycle, LOG, PeriodicJob } from '@floodgate/nest-kit';
import { OutcomeError, OUTCOMES } from '@floodgate/kernel';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type Logger } from 'pino';
import { CampaignCache } from '../campaign-cache';
import { type GrabAnswer } from '../grab/inventory-stream';
import { toGrabResult } from '../grab/grab-answer';
import { InventoryInstances } from '../grab/inventory-instances';
import { Services } from '../services';
import { eventBytes } from './event-connections';
import { EventNews } from './event-news';

/** A grab as its asker names it. */
export interface AskedGrab {
  readonly userId: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly grabId: string;
}

interface Awaited extends AskedGrab {
  readonly untilMs: number;
}

/** Clients make their grabIds, so the same one may be two people's. No id has a slash. */
const keyOf = ({ userId, campaignId, poolId, grabId }: AskedGrab): string =>
  `${campaignId}/${poolId}/${grabId}/${userId}`;

const LOOK_EVERY_MS = 1_000;
const AWAITED_FOR_MS = 60_000;
const AWAITED_MAX = 10_000;
const AT_ONCE = 32;

/**
 * Results that their askers have not heard, because the answer took too long or found nobody: they are told over the person's stream
 * of events when they are known, if that is at this gateway. Whoever has none asks by grabId, as ever.
 */
@Injectable()
export class AwaitedResults implements OnModuleInit {
  private readonly awaited = new Map<string, Awaited>();

  constructor(
    private readonly news: EventNews,
    private readonly campaigns: CampaignCache,
    private readonly inventory: InventoryInstances,
    private readonly services: Services,
    private readonly lifecycle: Lifecycle,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  onModuleInit(): void {
    const looking = new PeriodicJob({
      name: 'awaited results',
      everyMs: LOOK_EVERY_MS,
      log: this.log,
      round: async () => {
        await this.look();
        return false;
      },
    });
    looking.start();
    this.lifecycle.onStop(() => looking.stop());
  }

  /** The asker was told to ask again. */
  unknown(grab: AskedGrab): void {
    if (!this.isHeard(grab) || this.awaited.size >= AWAITED_MAX) return;
    this.awaited.set(keyOf(grab), { ...grab, untilMs: performance.now() + AWAITED_FOR_MS });
  }

  /** The answer found nobody to hear it. */
  unheard(grab: AskedGrab, answer: GrabAnswer): void {
    if (this.isHeard(grab)) this.tell(grab, answer);
  }

  /** Asks once about all that are awaited. */
  async look(): Promise<void> {
    const nowMs = performance.now();
    const open = [...this.awaited.values()];
    for (let from = 0; from < open.length; from += AT_ONCE) {
      await Promise.all(open.slice(from, from + AT_ONCE).map((grab) => this.ask(grab, nowMs)));
    }
  }

  private async ask(grab: Awaited, nowMs: number): Promise<void> {
    if (!this.isHeard(grab) || nowMs >= grab.untilMs) {
      this.awaited.delete(keyOf(grab));
      return;
    }
    const answer = await this.read(grab);
    if (answer && this.tell(grab, answer)) this.awaited.delete(keyOf(grab));
  }

  /** Undefined while it is not known. */
  private async read({ userId, campaignId, poolId, grabId }: AskedGrab): Promise<GrabAnswer | undefined> {
    const pool = this.campaigns.peek(campaignId)?.pools.get(poolId);
    const [instance] = this.inventory.inTurn(pool && this.inventory.homeOf(campaignId, pool, userId));
    if (!instance) return undefined;
    const { client } = instance;
    try {
      const question = { userId, campaignId, poolId, grabId };
      return (await callUnary(client, client.getGrab, question, this.services.hops.inventoryRead)).answer;
    } catch (error) {
      if (!(error instanceof OutcomeError)) throw error;
      this.log.debug({ err: error, campaignId }, 'awaited result not read');
      return undefined;
    }
  }

  /** False while there is nothing to tell but to ask again. */
  private tell({ userId, campaignId, poolId, grabId }: AskedGrab, answer: GrabAnswer): boolean {
    const result = toGrabResult(answer, grabId);
    if (result.kind === 'refusal' && OUTCOMES[result.refusal.outcome].retry !== 'never') return false;
    const told = result.kind === 'view' ? result.view : { outcome: result.refusal.outcome, grabId };
    // With "already granted" the view names the grab that has the unit; its asker waits for the one that was asked about.
    this.news.connections.tell(userId, campaignId, eventBytes('result', { ...told, poolId, askedGrabId: grabId }));
    return true;
  }

  private isHeard({ userId, campaignId }: AskedGrab): boolean {
    return this.news.connections.isFollowing(userId, campaignId);
  }
}
