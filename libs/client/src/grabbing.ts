import { isOutcome, OUTCOMES } from '@floodgate/kernel';
import { type Caller } from './caller';
import { newId } from './ids';
import { type ClientOptions, type GrabOptions, type RetryOptions } from './options';
import { type GrabEnded, type GrabRef, type GrabResult, type Granted, isHeld, type Refused } from './results';

type Held = Granted | GrabEnded;

const ROUTE = '/campaigns/{campaignId}/pools/{poolId}/grabs/{grabId}';
const GRAB_JITTER_MS = 250;
// How often "we know no such grab" is asked again before it is believed: an attempt may still be on its way.
const UNKNOWN_READS_MAX = 3;
const UNKNOWN_READ_EVERY_MS = 500;

/**
 * Grabs, and does not lose what was grabbed. All attempts of a grab carry one grabId. When an attempt is in doubt, because its answer
 * was lost or said "wait", a later refusal says nothing about it: the result is read by its grabId before the refusal is shown.
 */
export class Grabbing {
  constructor(
    private readonly caller: Caller,
    private readonly options: Pick<ClientOptions, 'timeBudgetMs' | 'grabJitterMs'>,
  ) {}

  async grab(campaignId: string, poolId: string, options: GrabOptions): Promise<GrabResult> {
    const { grabId = newId(), qualification, resumed = false, ...retry } = options;
    const grab = { campaignId, poolId, grabId };
    const deadlineMs = this.caller.nowMs() + this.budgetOf(retry);
    await this.awaitOpening(campaignId, this.budgetOf(retry));
    const body = qualification === undefined ? {} : { qualification };
    const { result, inDoubt } = await this.caller.call<Held>(
      { method: 'PUT', route: ROUTE, params: { ...grab }, body, priority: 'grab' },
      { ...retry, timeBudgetMs: this.leftMs(deadlineMs) },
    );
    if (isHeld(result)) return result;
    if (!inDoubt && !resumed) return { ...result, grabId };
    return this.settleDoubt(grab, result, deadlineMs);
  }

  async read(grab: GrabRef, retry: RetryOptions): Promise<GrabResult> {
    const { campaignId, poolId, grabId } = grab;
    const call = { method: 'GET', route: ROUTE, params: { campaignId, poolId, grabId } } as const;
    const { result } = await this.caller.call<Held>(call, retry);
    return isHeld(result) ? result : { ...result, grabId };
  }

  /** Everybody's clock says T0 at the same moment; their requests need not come at the same moment. */
  private async awaitOpening(campaignId: string, budgetMs: number): Promise<void> {
    const policy = await this.caller.policy(campaignId);
    if (!policy || this.caller.serverMs(campaignId) >= policy.t0Ms) return;
    const spreadMs = this.options.grabJitterMs ?? GRAB_JITTER_MS;
    await this.caller.waitUntil(campaignId, policy.t0Ms + this.caller.jitterMs(spreadMs), budgetMs);
  }

  /** The refusal only if no attempt of this grab has won; GAVE_UP if that cannot be found out now. */
  private async settleDoubt(grab: GrabRef, refused: Refused, deadlineMs: number): Promise<GrabResult> {
    for (let reads = 1; ; reads += 1) {
      const known = await this.readOnce(grab, this.leftMs(deadlineMs));
      if (isHeld(known)) return known;
      const isUnknown = known.outcome === 'UNKNOWN_GRAB';
      if (isUnknown && reads >= UNKNOWN_READS_MAX) return { ...refused, grabId: grab.grabId };
      if (!isUnknown && isFinal(known.outcome)) return { ...known, grabId: grab.grabId };
      const waitMs = known.pollAfterMs ?? UNKNOWN_READ_EVERY_MS;
      if (waitMs > this.leftMs(deadlineMs)) {
        return { outcome: 'GAVE_UP', last: known.last ?? known.outcome, pollAfterMs: waitMs, grabId: grab.grabId };
      }
      await this.caller.pause(waitMs);
    }
  }

  private async readOnce({ campaignId, poolId, grabId }: GrabRef, timeBudgetMs: number): Promise<Held | Refused> {
    const call = { method: 'GET', route: ROUTE, params: { campaignId, poolId, grabId } } as const;
    return (await this.caller.call<Held>(call, { timeBudgetMs, pollsMax: 0 })).result;
  }

  private budgetOf(retry: RetryOptions): number {
    return retry.timeBudgetMs ?? this.options.timeBudgetMs ?? 30_000;
  }

  private leftMs(deadlineMs: number): number {
    return Math.max(0, deadlineMs - this.caller.nowMs());
  }
}

function isFinal(outcome: Refused['outcome']): boolean {
  return isOutcome(outcome) && OUTCOMES[outcome].retry === 'never';
}
