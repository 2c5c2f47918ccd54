import {
  effectivePolicy,
  type EffectivePolicy,
  entrySlotMs,
  type PlanSnapshot,
  SNAPSHOT_FORMAT,
} from '@floodgate/domain/degradation-plan';

/** The answer of GET /policy, the event `policy`, and what rides on a refusal. */
export interface PolicyAnswer {
  readonly policyVersion: number;
  readonly nowMs: number;
  readonly policy: Pick<EffectivePolicy, 't0Ms'>;
  readonly snapshot: PlanSnapshot;
}

/** Whether an answer has all that a store takes in. */
export function isPolicyAnswer(value: unknown): value is PolicyAnswer {
  const { policyVersion, nowMs, policy, snapshot } = (value ?? {}) as Partial<Record<keyof PolicyAnswer, unknown>>;
  const has = (one: unknown, name: string) =>
    typeof one === 'object' && one !== null && typeof (one as Record<string, unknown>)[name] === 'number';
  const { plan, tiers } = (snapshot ?? {}) as Partial<Record<keyof PlanSnapshot, unknown>>;
  const isWhole = has(snapshot, 'format') && typeof plan === 'object' && plan !== null && Array.isArray(tiers);
  return Number.isSafeInteger(policyVersion) && typeof nowMs === 'number' && has(policy, 't0Ms') && isWhole;
}

/** What a policy file says of a campaign. */
export interface FiledPolicy {
  /** Of the file: rises with each writing, and never goes back. */
  readonly serial: number;
  readonly t0Ms: number;
  readonly snapshot: PlanSnapshot;
  /** The time at which the file was fetched, by the clock of where it lies; undefined when that did not say. */
  readonly nowMs: number | undefined;
}

/** How a store fetches a campaign's policy file; undefined: there is none, or none that is genuine. Never rejects. */
export type FetchPolicyFile = () => Promise<FiledPolicy | undefined>;

/**
 * How a store asks a gateway. Never rejects; undefined: it did not answer, or was not asked. `retry`: it did not answer the last time; `probe`: that was
 * long ago, so it is asked in any case.
 */
export type AskPolicy = (how: 'first' | 'retry' | 'probe') => Promise<PolicyAnswer | undefined>;

interface Known {
  readonly version: number;
  readonly snapshot: PlanSnapshot;
  readonly t0Ms: number;
  /** Of the last policy file that was taken. */
  readonly serial: number;
  /** Server time minus local time. */
  readonly offsetMs: number;
  /** `told` by a gateway, which is better than what a file's place says. `in-doubt`: the device's clock was set since. */
  readonly time: 'told' | 'guessed' | 'in-doubt';
}

const ASK_EVERY_MS = 1_000;
const ASK_EVERY_MAX_MS = 60_000;
const FILE_EVERY_MS = 5_000;
/** A device's clock that is so far from where it would be by time that only goes on was set, or the device slept. */
const JUMP_MS = 1_000;

/**
 * The last policy of each campaign. A client evaluates the plan by itself, by server time, so tier 1 begins on time without asking, and
 * the last plan stays when no server answers. It is asked for again when an answer names a newer version.
 */
export class PolicyStore {
  private readonly known = new Map<string, Known>();
  private readonly asking = new Map<string, Promise<void>>();
  private readonly askedAtMs = new Map<string, number>();
  /** Questions in a row that were not answered. */
  private readonly failures = new Map<string, number>();
  private readonly fetching = new Map<string, Promise<void>>();
  /** When the policy file may be fetched again. */
  private readonly fileAtMs = new Map<string, number>();
  private newestVersion = 0;
  /** Local time less time that only goes on. */
  private gapMs = Date.now() - performance.now();

  /** Takes in the version that an answer named. */
  heard(version: number): void {
    if (Number.isSafeInteger(version)) this.newestVersion = Math.max(this.newestVersion, version);
    // Somebody answers again.
    this.failures.clear();
  }

  /**
   * Asks when no gateway has told anything yet, or something newer was heard of: one question at a time, at most once a second, and seldomer
   * while nobody answers.
   */
  async refresh(campaignId: string, clock: () => number, ask: AskPolicy): Promise<void> {
    const known = this.known.get(campaignId);
    if (known?.time === 'told' && known.version >= this.newestVersion) return;
    const underWay = this.asking.get(campaignId);
    // Who knows an older policy goes on with it; who knows none waits for the first.
    if (underWay) return known ? undefined : underWay;
    const askedAtMs = clock();
    const sinceMs = askedAtMs - (this.askedAtMs.get(campaignId) ?? -Infinity);
    const failures = this.failures.get(campaignId) ?? 0;
    if (sinceMs < Math.min(ASK_EVERY_MAX_MS, ASK_EVERY_MS * 2 ** failures)) return;
    this.askedAtMs.set(campaignId, askedAtMs);
    // Set meanwhile, the device's clock would say that the answer took as long.
    const steadyMs = clock === Date.now ? () => performance.now() : clock;
    const startedMs = steadyMs();
    const again = sinceMs < ASK_EVERY_MAX_MS ? 'retry' : 'probe';
    const asked = ask(failures === 0 ? 'first' : again)
      .then((answer) => {
        if (answer) this.learn(campaignId, answer, clock() - (steadyMs() - startedMs) / 2);
        else this.failures.set(campaignId, failures + 1);
      })
      .finally(() => this.asking.delete(campaignId));
    this.asking.set(campaignId, asked);
    await asked;
  }

  /**
   * Fetches the policy file: every 5 s at most, and not all at the same moment. `random` is in [0, 1). With `isFirst` only where it was never
   * fetched before.
   */
  async refreshFile(
    campaignId: string,
    { clock, random, isFirst }: { clock: () => number; random: () => number; isFirst: boolean },
    fetchFile: FetchPolicyFile,
  ): Promise<void> {
    this.watchDeviceClock(clock);
    const underWay = this.fetching.get(campaignId);
    if (underWay) return underWay;
    const atMs = this.fileAtMs.get(campaignId);
    if (atMs !== undefined && (isFirst || clock() < atMs)) return;
    this.fileAtMs.set(campaignId, clock() + FILE_EVERY_MS * (1 + random()));
    const fetched = fetchFile()
      .then((filed) => {
        if (filed) this.learnFile(campaignId, filed, clock());
      })
      .finally(() => this.fetching.delete(campaignId));
    this.fetching.set(campaignId, fetched);
    await fetched;
  }

  /** Looks at the device's clock: whether it was set, so that server time may be off by any amount and nothing that hangs on it can be told. */
  isTimeInDoubt(campaignId: string, clock: () => number): boolean {
    this.watchDeviceClock(clock);
    return this.known.get(campaignId)?.time === 'in-doubt';
  }

  /** Of the plan that is gone by for a campaign; undefined while nothing is known. */
  versionOf(campaignId: string): number | undefined {
    return this.known.get(campaignId)?.version;
  }

  /** What holds now for a campaign; undefined while nothing is known. */
  policyFor(campaignId: string, localMs: number): EffectivePolicy | undefined {
    return this.policyAt(campaignId, this.serverMs(campaignId, localMs));
  }

  /** T0, and when this person may enter: at a moment of their own where the plan releases the entry and shows it, else at T0. */
  entryMoment(campaignId: string, userId: string | undefined): { t0Ms: number; entersAtMs: number } | undefined {
    const known = this.known.get(campaignId);
    // Tier 1, which releases the entry, may not have come yet.
    const atT0 = known && this.policyAt(campaignId, known.t0Ms);
    if (!atT0) return undefined;
    const { t0Ms, entry } = atT0;
    const hasOwn = userId !== undefined && entry.countdown && entry.fromMs > 0;
    return { t0Ms, entersAtMs: hasOwn ? entrySlotMs(userId, atT0) : t0Ms };
  }

  /** Server time; local time while nothing is known. */
  serverMs(campaignId: string, localMs: number): number {
    return localMs + (this.known.get(campaignId)?.offsetMs ?? 0);
  }

  /**
   * Takes in what a gateway told: `asked` at the middle of a round trip, which was at `localMs`; `pushed`, which only sets the clock where nothing better
   * has; or with a call that it `refused`, which may have waited for its turn, so the time is still to be asked for. What is older than what is known
   * changes nothing else.
   */
  learn(
    campaignId: string,
    { policyVersion, nowMs, policy, snapshot }: PolicyAnswer,
    localMs: number,
    how: 'asked' | 'pushed' | 'refused' = 'asked',
  ): void {
    // A plan in a format of the future cannot be evaluated here; the servers still can.
    if (snapshot.format !== SNAPSHOT_FORMAT) return;
    const known = this.known.get(campaignId);
    const isTimed = known?.time === 'told';
    const offsetMs = how !== 'asked' && isTimed ? (known?.offsetMs ?? 0) : nowMs - localMs;
    const isOlder = known !== undefined && known.version > policyVersion;
    const told = isOlder ? known : { version: policyVersion, snapshot, t0Ms: policy.t0Ms };
    this.known.set(campaignId, {
      ...told,
      serial: known?.serial ?? -1,
      offsetMs,
      time: isTimed || how !== 'refused' ? 'told' : 'guessed',
    });
    this.heard(policyVersion);
  }

  /** Takes in a policy file whose signatures hold, unless its serial goes back. */
  private learnFile(campaignId: string, { serial, t0Ms, snapshot, nowMs }: FiledPolicy, localMs: number): void {
    const known = this.known.get(campaignId);
    if (snapshot.format !== SNAPSHOT_FORMAT || (known && serial < known.serial)) return;
    const keepsTime = known?.time === 'told' || nowMs === undefined;
    const offsetMs = keepsTime ? (known?.offsetMs ?? 0) : nowMs - localMs;
    // The one that is known already still tells the time.
    const isOlder = known !== undefined && (known.serial === serial || known.version > snapshot.version);
    const told = isOlder ? known : { version: snapshot.version, snapshot, t0Ms };
    this.known.set(campaignId, { ...told, serial, offsetMs, time: keepsTime ? (known?.time ?? 'guessed') : 'guessed' });
    this.heard(snapshot.version);
  }

  /** When it was set, server time is another offset away, which is to be asked for, and what was done at a time may have been done in the time to come. */
  private watchDeviceClock(clock: () => number): void {
    if (clock !== Date.now) return;
    const gapMs = Date.now() - performance.now();
    const hasJumped = Math.abs(gapMs - this.gapMs) > JUMP_MS;
    this.gapMs = gapMs;
    if (!hasJumped) return;
    this.askedAtMs.clear();
    for (const campaignId of this.fileAtMs.keys()) this.fileAtMs.set(campaignId, -Infinity);
    for (const [campaignId, known] of this.known) this.known.set(campaignId, { ...known, time: 'in-doubt' });
  }

  private policyAt(campaignId: string, serverMs: number): EffectivePolicy | undefined {
    const known = this.known.get(campaignId);
    if (!known) return undefined;
    const { snapshot, t0Ms } = known;
    return effectivePolicy(snapshot.plan, { campaignId, t0Ms }, serverMs, snapshot.tiers);
  }
}
