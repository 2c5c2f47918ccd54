import { type Clock, isId } from '@floodgate/kernel';
import { bearerToken, CLOCK, type Identity, type Refusal, verifyJwt } from '@floodgate/nest-kit';
import { Inject, Injectable } from '@nestjs/common';
import { Gate, refusal } from '../admission/gate';
import { SoldOutFlags } from '../admission/sold-out-flags';
import { type Campaign, CampaignCache } from '../campaign-cache';
import { type Config, CONFIG } from '../config';
import { type PoolView } from '../http/campaign-schemas';

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
}

/** Where in the order of refusal a request was refused. */
export type GrabStep = 'route-and-size' | 'window' | 'sold-out' | 'identity' | 'drop' | 'cap';

export type Admission<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly step: GrabStep; readonly refusal: Refusal };

/** Largest body of a grab, in bytes: a qualification token and little else. */
export const GRAB_BODY_BYTES_MAX = 4 * 1024;

const POLL_AFTER_MAX_MS = 3_600_000;

/**
 * Phase one of a grab, before the body is read. The order is the order of refusal: what is cheap and turns away most comes
 * first, and nothing asks another process.
 */
@Injectable()
export class GrabAdmission {
  constructor(
    private readonly campaigns: CampaignCache,
    private readonly soldOut: SoldOutFlags,
    private readonly gate: Gate,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** For a grab. The campaign is undefined when this instance knows none of that id. */
  admit(head: GrabHead, campaign: Campaign | undefined): Admission<AdmittedGrab> {
    const malformed = routeAndSize(head);
    if (malformed) return refuse('route-and-size', malformed);
    const pool = campaign?.pools.get(head.poolId);
    if (!campaign || !pool) return refuse('window', noSuch(campaign));
    const outside = this.window(campaign);
    if (outside) return refuse('window', outside);
    const none = this.soldOut.of(head.campaignId, head.poolId);
    if (none) return refuse('sold-out', refusal(none.outcome, none.pollAfterMs));
    const user = this.identify(head);
    if (!user) return refuse('identity', refusal('SIGNED_OUT'));
    const dropped = this.gate.drop(campaign, 'grab', user.userId);
    if (dropped) return refuse('drop', dropped);
    const capped = this.gate.cap(campaign, 'grab');
    if (capped) return refuse('cap', capped);
    return { ok: true, value: { campaign, pool, user } };
  }

  /**
   * For a result read, which passes everything but size and identity: a winner whose answer was lost is never told "closed"
   * or "sold out".
   */
  admitResult(head: GrabHead): Admission<Identity> {
    const malformed = routeAndSize(head);
    if (malformed) return refuse('route-and-size', malformed);
    const user = this.identify(head);
    return user ? { ok: true, value: user } : refuse('identity', refusal('SIGNED_OUT'));
  }

  /** The campaign without waiting, if it is known here; phase one waits for activity only on a miss. */
  peek(head: Pick<GrabHead, 'campaignId'>): Campaign | undefined {
    return this.campaigns.peek(head.campaignId);
  }

  /** Throws what CampaignCache.get throws, and INVALID_REQUEST never: an id that is none is not asked for. */
  async find(head: GrabHead): Promise<Campaign | undefined> {
    return isId(head.campaignId) ? this.campaigns.get(head.campaignId) : undefined;
  }

  private window(campaign: Campaign): Refusal | undefined {
    const nowMs = this.clock.nowMs();
    if (nowMs < campaign.t0Ms) return refusal('NOT_OPEN_YET', Math.min(campaign.t0Ms - nowMs, POLL_AFTER_MAX_MS));
    return nowMs >= campaign.view.timeline.closesAtMs ? refusal('CLOSED') : undefined;
  }

  private identify({ authorization }: GrabHead): Identity | undefined {
    const token = bearerToken(authorization);
    return token === undefined ? undefined : verifyJwt(token, this.config.JWT_SECRET);
  }
}

function routeAndSize({ campaignId, poolId, grabId, contentLength }: GrabHead): Refusal | undefined {
  if (!isId(campaignId)) return badId('campaignId');
  if (!isId(poolId)) return badId('poolId');
  if (!isId(grabId)) return badId('grabId');
  if (contentLength !== undefined && Number(contentLength) > GRAB_BODY_BYTES_MAX) {
    return { ...refusal('INVALID_REQUEST', undefined, 'the body is too large'), field: 'body' };
  }
  return undefined;
}

function badId(field: string): Refusal {
  return { ...refusal('INVALID_REQUEST', undefined, `${field}: is no id`), field };
}

function noSuch(campaign: Campaign | undefined): Refusal {
  const message = campaign ? 'the campaign has no such pool' : 'no published campaign has this id';
  return refusal('NO_SUCH_CAMPAIGN', undefined, message);
}

function refuse(step: GrabStep, why: Refusal): { ok: false; step: GrabStep; refusal: Refusal } {
  return { ok: false, step, refusal: why };
}
