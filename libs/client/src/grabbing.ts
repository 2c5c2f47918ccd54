import { isOutcome, type Outcome, OUTCOMES } from '@floodgate/kernel';
import { type Caller } from './caller';
import { newId } from './ids';
import { type LiveEvents } from './live-events';
import { type ClientOptions, type GrabOptions, type RetryOptions } from './options';
import {
  type ClientOutcome,
  type GrabEnded,
  type GrabRef,
  type GrabResult,
  type Granted,
  isHeld,
  type Refused,
} from './results';
import { type Called } from './rules';
import { type Visit, WaitingRoom } from './waiting-room';

type Held = Granted | GrabEnded;

const ROUTE = '/campaigns/{campaignId}/pools/{poolId}/grabs/{grabId}';
const GRAB_JITTER_MS = 250;
// How often "we know no such grab" is asked again before it is believed: an attempt may still be on its way.
const UNKNOWN_READS_MAX = 3;
const UNKNOWN_READ_EVERY_MS = 500;
const ROOM_TIME_MS = 15 * 60_000;
// A pass may have expired on the way, but not again and again.
const ROOM_VISITS_MAX = 2;

/**
 * Grabs, and does not lose what was grabbed. All attempts of a grab carry one grabId. When an attempt is in doubt, because its answer
 * was lost or said "wait", a later refusal says nothing about it: the result is read by its grabId before the refusal is shown.
 */
export class Grabbing {
  private readonly room: WaitingRoom;

  constructor(
    private readonly caller: Caller,
    private readonly live: LiveEvents,
    private readonly options: Pick<ClientOptions, 'timeBudgetMs' | 'grabJitterMs'>,
  ) {
    this.room = new WaitingRoom(caller);
  }

  async grab(campaignId: string, poolId: string, options: GrabOptions): Promise<GrabResult> {
    const { grabId = newId(), qualification, resumed = false, onWaiting, roomTimeMs, ...retry } = options;
    const grab = { campaignId, poolId, grabId };
    const body = qualification === undefined ? {} : { qualification };
    const room = () => this.visitRoom(grab, onWaiting, roomTimeMs ?? ROOM_TIME_MS);
    let visit: Visit = { kind: 'open' };
    // Places for those who come before T0 are shuffled at T0: there is nothing to wait for here.
    if (await this.isRoomOpenEarly(campaignId)) visit = await room();
    if (visit.kind !== 'pass') await this.awaitOpening(campaignId, this.budgetOf(retry));
    let isDoubtful = resumed;
    for (let visits = 0; ; visits += 1) {
      const deadlineMs = this.caller.nowMs() + this.budgetOf(retry);
      // The room knows nothing of an attempt that was made before.
      if (visit.kind === 'refused') return this.refuse(grab, visit.refused, isDoubtful, deadlineMs);
      const pass = visit.kind === 'pass' ? visit.pass : undefined;
      const { result, inDoubt } = await this.put(grab, body, pass, retry);
      if (isHeld(result)) return result;
      isDoubtful ||= inDoubt;
      if (isSentToRoom(result) && visits < ROOM_VISITS_MAX) {
        const known = isDoubtful ? await this.readOnce(grab, this.leftMs(deadlineMs)) : result;
        if (isHeld(known)) return known;
        visit = await room();
        continue;
      }
      return this.refuse(grab, result, isDoubtful, deadlineMs);
    }
  }

  /** The refusal, once no attempt in doubt can have won. */
  private async refuse(grab: GrabRef, refused: Refused, isDoubtful: boolean, deadlineMs: number): Promise<GrabResult> {
    const { grabId } = grab;
    if (!isDoubtful) return { ...refused, grabId };
    // Nobody could say: to ask once more is a retry like any other.
    const { outcome, last = outcome } = refused;
    if (isRetried(last) && !this.caller.mayRetry()) return { ...refused, outcome: 'GAVE_UP', last, grabId };
    return this.settleDoubt(grab, refused, deadlineMs);
  }

  private async put(grab: GrabRef, body: object, pass: string | undefined, retry: RetryOptions): Promise<Called<Held>> {
    return this.caller.call<Held>(
      {
        ...{ method: 'PUT', route: ROUTE, params: { ...grab }, body, api: 'grab' },
        ...(pass !== undefined && { headers: { 'fg-pass': pass } }),
        isFinal: isSentToRoom,
        pushed: (signal) => this.live.resultOf(grab, signal),
      },
      retry,
    );
  }

  private visitRoom(grab: GrabRef, onWaiting: GrabOptions['onWaiting'], roomTimeMs: number): Promise<Visit> {
    const nextServing = (signal: AbortSignal) => this.live.nextServing(grab.campaignId, signal);
    return this.room.visit(grab, { untilMs: this.caller.nowMs() + roomTimeMs, onWaiting, nextServing });
  }

  private async isRoomOpenEarly(campaignId: string): Promise<boolean> {
    const policy = await this.caller.policy(campaignId);
    const nowMs = this.caller.serverMs(campaignId);
    return policy?.room.open === 'on' && policy.room.fromMs <= nowMs && nowMs < policy.t0Ms;
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
      // Who was answered is to look again; who was not retries, as often as may be.
      const goesOn =
        waitMs <= this.leftMs(deadlineMs) && (isUnknown || known.last === 'WAIT' || this.caller.mayRetry());
      if (!goesOn) {
        // That nobody knows of it says less than why it was refused.
        const { last, outcome } = isUnknown || known.outcome === 'THROTTLED_HERE' ? refused : known;
        return { outcome: 'GAVE_UP', last: last ?? outcome, pollAfterMs: waitMs, grabId: grab.grabId };
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

/** Over the cap while the waiting room is open: the way in is through there. */
function isSentToRoom({ outcome, field }: Refused): boolean {
  return outcome === 'WAIT' && field === 'fg-pass';
}

/** Asking again is a retry, not what the server asked for. */
function isRetried(outcome: Outcome | ClientOutcome): boolean {
  return !isOutcome(outcome) || OUTCOMES[outcome].retry === 'back-off';
}

function isFinal(outcome: Refused['outcome']): boolean {
  return isOutcome(outcome) && OUTCOMES[outcome].retry === 'never';
}
