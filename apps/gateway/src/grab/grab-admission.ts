import { type Clock, isId, OutcomeError } from '@floodgate/kernel';
import { bearerToken, CLOCK, type Identity, type Refusal, verifyJwt } from '@floodgate/nest-kit';
import { Inject, Injectable } from '@nestjs/common';
import { Gate, refusal } from '../admission/gate';
import { type SoldOut } from '../admission/pool-level';
import { StockLevels } from '../admission/stock-levels';
import { type Campaign, CampaignCache } from '../campaign-cache';
import { type Config, CONFIG } from '../config';
import { type PoolView } from '../http/campaign-schemas';
import { type HomeShard, InventoryInstances, type InventoryInstance } from './inventory-instances';
import { PreparedRefusal } from './raw-answer';

/** The parts of a grab request that phase one reads: everything but the body. */
export interface GrabHead {
  readonly campaignId: string;
  readonly poolId: string;
  readonly grabId: string;
  readonly contentLength: string | undefined;
  readonly authorization: string | undefined;
}

export interface AdmittedGrab {
  readonly campaign: Campaign;
  readonly pool: PoolView;
  readonly user: Identity;
  readonly home: HomeShard;
  /** Where the grab is to go: it took more a moment ago. */
  readonly instance: InventoryInstance;
}

export interface AdmittedRead {
  readonly user: Identity;
  /** Undefined when this instance does not know the campaign: its result is read all the same. */
  readonly home: HomeShard | undefined;
}

/** What a grab came to, and which step of the way said so; the first seven in the order of refusal. */
export type Step =
  | 'route-and-size'
  | 'window'
  | 'sold-out'
  | 'full'
  | 'identity'
  | 'drop'
  | 'cap'
  | 'body'
  | 'qualification'
  | 'stream'
  | 'inventory';

export type Admission<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly step: Step; readonly refusal: Refusal };

/** Largest body of a grab, in bytes: a qualification token and little else. */
export const GRAB_BODY_BYTES_MAX = 4 * 1024;

const POLL_AFTER_MAX_MS = 3_600_000;

/** Refuses at a step in the same words every time. */
const refusing = (step: Step, why: Refusal) =>
  ({ ok: false, step, refusal: new PreparedRefusal(why) }) as const satisfies Admission<never>;

const NO_CAMPAIGN = refusing('window', refusal('NO_SUCH_CAMPAIGN', undefined, 'no published campaign has this id'));
const NO_POOL = refusing('window', refusal('NO_SUCH_CAMPAIGN', undefined, 'the campaign has no such pool'));
const CLOSED = refusing('window', refusal('CLOSED'));
const SOLD_OUT = refusing('sold-out', refusal('SOLD_OUT'));
const FULL = refusing('full', refusal('TOO_HOT'));
const SIGNED_OUT = refusing('identity', refusal('SIGNED_OUT'));
const BODY_TOO_LARGE = refusing('route-and-size', {
  ...refusal('INVALID_REQUEST', undefined, 'the body is too large'),
  field: 'body',
});

/**
 * Phase one of a grab, before the body is read. The order is the order of refusal: what is cheap and turns away most comes
 * first, and nothing asks another process.
 */
@Injectable()
export class GrabAdmission {
  private readonly soldOutForNow: Admission<never>;

  constructor(
    private readonly campaigns: CampaignCache,
    private readonly levels: StockLevels,
    private readonly gate: Gate,
    private readonly inventory: InventoryInstances,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.soldOutForNow = refusing('sold-out', refusal('SOLD_OUT_FOR_NOW', config.SOLD_OUT_FLAG_MS));
  }

  /** The first steps, which are the same for everybody. The campaign is undefined when this instance knows none of that id. */
  admitAnybody(head: GrabHead, campaign: Campaign | undefined): Admission<PoolView> {
    const malformed = routeAndSize(head);
    if (malformed) return malformed;
    if (!campaign) return NO_CAMPAIGN;
    const pool = campaign.pools.get(head.poolId);
    if (!pool) return NO_POOL;
    const outside = this.window(campaign);
    if (outside) return outside;
    const none = this.levels.soldOut(pool);
    if (none) return this.noneLeft(none);
    return this.inventory.full ? FULL : { ok: true, value: pool };
  }

  /** All steps. */
  admit(head: GrabHead, campaign: Campaign | undefined): Admission<AdmittedGrab> {
    const anybody = this.admitAnybody(head, campaign);
    if (!anybody.ok || !campaign) return anybody.ok ? NO_CAMPAIGN : anybody;
    const pool = anybody.value;
    const user = this.identify(head);
    if (!user) return SIGNED_OUT;
    const dropped = this.gate.drop(campaign, 'grab', user.userId);
    if (dropped) return { ok: false, step: 'drop', refusal: dropped };
    const capped = this.gate.cap(campaign, 'grab');
    if (capped) return { ok: false, step: 'cap', refusal: capped };
    const home = this.inventory.homeOf(head.campaignId, pool, user.userId);
    const instance = this.inventory.chosen(home);
    if (instance.stream.full) return FULL;
    return { ok: true, value: { campaign, pool, user, home, instance } };
  }

  /**
   * For a result read, which passes everything but size and identity: a winner whose answer was lost is never told "closed"
   * or "sold out".
   */
  admitResult(head: GrabHead): Admission<AdmittedRead> {
    const malformed = routeAndSize(head);
    if (malformed) return malformed;
    const user = this.identify(head);
    if (!user) return SIGNED_OUT;
    const pool = this.peek(head)?.pools.get(head.poolId);
    return { ok: true, value: { user, home: pool && this.inventory.homeOf(head.campaignId, pool, user.userId) } };
  }

  /** The campaign without waiting, if it is known here; phase one waits for activity only on a miss. */
  peek(head: Pick<GrabHead, 'campaignId'>): Campaign | undefined {
    return this.campaigns.peek(head.campaignId);
  }

  /** Undefined when there is no such campaign. Throws TRY_LATER while no campaign has ever been read. */
  async find(head: GrabHead): Promise<Campaign | undefined> {
    if (!isId(head.campaignId)) return undefined;
    try {
      return await this.campaigns.get(head.campaignId);
    } catch (error) {
      if (error instanceof OutcomeError && error.outcome === 'NO_SUCH_CAMPAIGN') return undefined;
      throw error;
    }
  }

  private window(campaign: Campaign): Admission<never> | undefined {
    const nowMs = this.clock.nowMs();
    if (nowMs < campaign.t0Ms) {
      const pollAfterMs = Math.min(campaign.t0Ms - nowMs, POLL_AFTER_MAX_MS);
      return { ok: false, step: 'window', refusal: refusal('NOT_OPEN_YET', pollAfterMs) };
    }
    return nowMs >= campaign.view.timeline.closesAtMs ? CLOSED : undefined;
  }

  private noneLeft(outcome: SoldOut): Admission<never> {
    return outcome === 'SOLD_OUT' ? SOLD_OUT : this.soldOutForNow;
  }

  private identify({ authorization }: GrabHead): Identity | undefined {
    const token = bearerToken(authorization);
    return token === undefined ? undefined : verifyJwt(token, this.config.JWT_SECRET);
  }
}

function routeAndSize({ campaignId, poolId, grabId, contentLength }: GrabHead): Admission<never> | undefined {
  if (!isId(campaignId)) return badId('campaignId');
  if (!isId(poolId)) return badId('poolId');
  if (!isId(grabId)) return badId('grabId');
  return contentLength !== undefined && Number(contentLength) > GRAB_BODY_BYTES_MAX ? BODY_TOO_LARGE : undefined;
}

function badId(field: string): Admission<never> {
  const why = { ...refusal('INVALID_REQUEST', undefined, `${field}: is no id`), field };
  return { ok: false, step: 'route-and-size', refusal: why };
}
