import {
  effectivePolicy,
  type EffectivePolicy,
  type PlanSnapshot,
  SNAPSHOT_FORMAT,
} from '@floodgate/domain/degradation-plan';

/** The answer of GET /policy. */
export interface PolicyAnswer {
  readonly policyVersion: number;
  readonly nowMs: number;
  readonly policy: EffectivePolicy;
  readonly snapshot: PlanSnapshot;
}

interface Known {
  readonly version: number;
  readonly snapshot: PlanSnapshot;
  readonly t0Ms: number;
  /** Server time minus local time. */
  readonly offsetMs: number;
}

const ASK_EVERY_MS = 1_000;

/**
 * The last policy of each campaign. A client evaluates the plan by itself, by server time, so tier 1 begins on time without asking, and
 * the last plan stays when no server answers. It is asked for again when an answer names a newer version.
 */
export class PolicyStore {
  private readonly known = new Map<string, Known>();
  private readonly asking = new Map<string, Promise<void>>();
  private readonly askedAtMs = new Map<string, number>();
  private newestVersion = 0;

  /** Takes in the version that an answer named. */
  heard(version: number): void {
    if (Number.isSafeInteger(version)) this.newestVersion = Math.max(this.newestVersion, version);
  }

  /** Asks when nothing is known or something newer was heard of: one question at a time, at most once a second. `ask` must not reject. */
  async refresh(campaignId: string, clock: () => number, ask: () => Promise<PolicyAnswer | undefined>): Promise<void> {
    const known = this.known.get(campaignId);
    if (known && known.version >= this.newestVersion) return;
    const underWay = this.asking.get(campaignId);
    // Who knows an older policy goes on with it; who knows none waits for the first.
    if (underWay) return known ? undefined : underWay;
    const askedAtMs = clock();
    if (askedAtMs - (this.askedAtMs.get(campaignId) ?? -Infinity) < ASK_EVERY_MS) return;
    this.askedAtMs.set(campaignId, askedAtMs);
    const asked = ask()
      .then((answer) => {
        if (answer) this.learn(campaignId, answer, (askedAtMs + clock()) / 2);
      })
      .finally(() => this.asking.delete(campaignId));
    this.asking.set(campaignId, asked);
    await asked;
  }

  /** What holds now for a campaign; undefined while nothing is known. */
  policyFor(campaignId: string, localMs: number): EffectivePolicy | undefined {
    const known = this.known.get(campaignId);
    if (!known) return undefined;
    const { snapshot, t0Ms, offsetMs } = known;
    return effectivePolicy(snapshot.plan, { campaignId, t0Ms }, localMs + offsetMs, snapshot.tiers);
  }

  /** Server time; local time while nothing is known. */
  serverMs(campaignId: string, localMs: number): number {
    return localMs + (this.known.get(campaignId)?.offsetMs ?? 0);
  }

  private learn(campaignId: string, { policyVersion, nowMs, policy, snapshot }: PolicyAnswer, localMs: number): void {
    // A plan in a format of the future cannot be evaluated here; the servers still can.
    if (snapshot.format !== SNAPSHOT_FORMAT) return;
    this.known.set(campaignId, { version: policyVersion, snapshot, t0Ms: policy.t0Ms, offsetMs: nowMs - localMs });
    this.heard(policyVersion);
  }
}
