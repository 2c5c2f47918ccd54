import { type IncomingMessage } from 'node:http';
import { type EffectivePolicy, type PlanTimeline } from '@floodgate/domain/degradation-plan';
import { type AdmissionRequest, type AdmittedApi, type Identity, type PassKind } from '@floodgate/nest-kit';
import { type Campaign } from '../campaign-cache';
import { type PoolView } from '../http/campaign-schemas';
import { type Gate } from './gate';
import { type RefusalStep } from './refusal-order';

/** The parts of a request's path that phase one reads. */
export interface Target {
  readonly campaignId: string;
  readonly poolId: string;
  readonly grabId: string;
}

/** What a payment or a result is for: it names no campaign. */
const NO_CAMPAIGN: PlanTimeline = { campaignId: '', t0Ms: 0 };

const DEVICE_HEADER = 'fg-device';

/** A request on its way through the steps of phase one, with what they found out. What takes time to know is looked up when asked for. */
export class Walk implements AdmissionRequest {
  /** From the identity step on. */
  user: Identity | undefined;
  /** Of a grab, from the window step on. */
  pool: PoolView | undefined;
  /** The step that refused it. */
  refusedAt: RefusalStep | undefined;
  /** What the let-in pass it carries is good for; null until somebody asked. */
  shownPass: PassKind | undefined | null = null;
  private knownPolicy: EffectivePolicy | undefined;
  private knownNowMs = NaN;

  constructor(
    readonly api: AdmittedApi,
    readonly raw: IncomingMessage,
    /** Ids are empty where the API has none. */
    readonly target: Target,
    /** Undefined when this instance knows none of that id, or the API names none. */
    readonly found: Campaign | undefined,
    private readonly gate: Gate,
  ) {}

  get campaign(): PlanTimeline {
    return this.found ?? NO_CAMPAIGN;
  }

  get policy(): EffectivePolicy {
    return (this.knownPolicy ??= this.gate.policyFor(this.campaign));
  }

  get nowMs(): number {
    if (Number.isNaN(this.knownNowMs)) this.knownNowMs = this.gate.nowMs();
    return this.knownNowMs;
  }

  get grab(): AdmissionRequest['grab'] {
    return this.api === 'grab' ? this.target : undefined;
  }

  get headers(): IncomingMessage['headers'] {
    return this.raw.headers;
  }

  get address(): string {
    return this.raw.socket.remoteAddress ?? '';
  }

  get device(): string | undefined {
    const device = this.raw.headers[DEVICE_HEADER];
    return typeof device === 'string' ? device : undefined;
  }
}
