import { type IncomingMessage } from 'node:http';
import { lowestLevel } from '@floodgate/domain/degradation-plan';
import { AdmissionQueue, type Identity, type Refusal } from '@floodgate/nest-kit';
import { Injectable } from '@nestjs/common';
import { Gate, refusal } from '../admission/gate';
import { LetInPasses } from '../admission/let-in';
import { PhaseOne } from '../admission/phase-one';
import { type RefusalStep } from '../admission/refusal-order';
import { priorityOf } from '../admission/too-hot';
import { type Target, Walk } from '../admission/walk';
import { type Campaign, CampaignCache } from '../campaign-cache';
import { type PoolView } from '../http/campaign-schemas';
import { type HomeShard, InventoryInstances, type InventoryInstance } from './inventory-instances';
import { PreparedRefusal } from './raw-answer';

export interface AdmittedGrab {
  readonly campaign: Campaign;
  readonly pool: PoolView;
  readonly user: Identity;
  readonly home: HomeShard;
  /** Where the grab is to go: it took more a moment ago. */
  readonly instance: InventoryInstance;
  /** For the client to keep; undefined when there is nothing to be let past. */
  readonly pass: string | undefined;
}

export interface AdmittedRead {
  readonly user: Identity;
  /** Undefined when this instance does not know the campaign: its result is read all the same. */
  readonly home: HomeShard | undefined;
}

/** What a grab came to, and which step of the way said so; those of the order of refusal first. */
export type Step = RefusalStep | 'body' | 'stream' | 'inventory';

export type Admission<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly step: Step; readonly refusal: Refusal };

const FULL: Admission<never> = { ok: false, step: 'too-hot', refusal: new PreparedRefusal(refusal('TOO_HOT')) };

/** Phase one of a grab and of the read of its result, before the body is read; and where a grab that is let in goes. */
@Injectable()
export class GrabAdmission {
  constructor(
    private readonly campaigns: CampaignCache,
    private readonly gate: Gate,
    private readonly phaseOne: PhaseOne,
    private readonly passes: LetInPasses,
    private readonly queue: AdmissionQueue,
    private readonly inventory: InventoryInstances,
  ) {}

  /** The refusal of the steps that are the same for everybody, if there is one. */
  refuseAnybody(raw: IncomingMessage, target: Target, campaign: Campaign): Admission<never> | undefined {
    const walk = new Walk('grab', raw, target, campaign, this.gate);
    const verdict = this.phaseOne.refuseAnybody(walk);
    return verdict && refusedBy(walk, verdict);
  }

  /** All steps. A promise only where one of them has to ask somebody. */
  admit(
    raw: IncomingMessage,
    target: Target,
    campaign: Campaign | undefined,
  ): Admission<AdmittedGrab> | Promise<Admission<AdmittedGrab>> {
    const walk = new Walk('grab', raw, target, campaign, this.gate);
    const verdict = this.phaseOne.refuse(walk);
    return verdict instanceof Promise ? verdict.then((known) => this.send(walk, known)) : this.send(walk, verdict);
  }

  /** For a result read: see PASSES. */
  admitResult(
    raw: IncomingMessage,
    target: Target,
    campaign: Campaign | undefined,
  ): Admission<AdmittedRead> | Promise<Admission<AdmittedRead>> {
    const walk = new Walk('result', raw, target, campaign, this.gate);
    const verdict = this.phaseOne.refuse(walk);
    return verdict instanceof Promise ? verdict.then((known) => this.read(walk, known)) : this.read(walk, verdict);
  }

  /** The campaign without waiting, if it is known here; phase one waits for activity only on a miss. */
  peek({ campaignId }: Pick<Target, 'campaignId'>): Campaign | undefined {
    return this.campaigns.peek(campaignId);
  }

  /** Undefined when there is no such campaign. Throws TRY_LATER while no campaign has ever been read. */
  find({ campaignId }: Pick<Target, 'campaignId'>): Promise<Campaign | undefined> {
    return this.campaigns.find(campaignId);
  }

  private send(walk: Walk, verdict: Refusal | undefined): Admission<AdmittedGrab> {
    if (verdict) return refusedBy(walk, verdict);
    const { found: campaign, pool, user } = walk;
    if (!campaign || !pool || !user) throw new Error('phase one let in a grab without a campaign, a pool or a user');
    const home = this.inventory.homeOf(campaign.campaignId, pool, user.userId);
    const instance = this.inventory.chosen(home);
    if (instance.stream.full) return FULL;
    this.queue.cursor.servedAtOnce(lowestLevel(priorityOf(walk)), campaign.campaignId);
    return { ok: true, value: { campaign, pool, user, home, instance, pass: this.passes.passFor(walk) } };
  }

  private read(walk: Walk, verdict: Refusal | undefined): Admission<AdmittedRead> {
    if (verdict) return refusedBy(walk, verdict);
    const { found, target, user } = walk;
    if (!user) throw new Error('phase one let in a read without a user');
    const pool = found?.pools.get(target.poolId);
    return { ok: true, value: { user, home: pool && this.inventory.homeOf(target.campaignId, pool, user.userId) } };
  }
}

function refusedBy({ refusedAt }: Walk, refused: Refusal): Admission<never> {
  if (refusedAt === undefined) throw new Error('phase one refused without saying where');
  return { ok: false, step: refusedAt, refusal: refused };
}
