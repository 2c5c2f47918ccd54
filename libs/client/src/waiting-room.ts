import { etaMs, placeOf, pollAfterMs, Shuffles } from '@floodgate/domain/waiting-room';
import { type Caller } from './caller';
import { type Waiting } from './options';
import { type GrabRef, type Refused, type Result } from './results';

/** The answer of GET room/grab/serving, and the event `serving`: the same for everybody. */
export interface Serving {
  /** People are taken in now. */
  readonly isOpen: boolean;
  /** From T0 on: how the arrival numbers that were given out before are shuffled. */
  readonly opening: { readonly frozen: number; readonly seed: string } | null;
  readonly serving: number;
  readonly lapsed: number;
  readonly calledPerSecond: number;
  /** The last position that what is left can satisfy; null: nobody knows, or it does not matter. */
  readonly lastReached: number | null;
  /** This answer, signed. */
  readonly seen: string;
}

interface TicketAnswer {
  readonly ticket?: string;
  readonly arrival?: number;
  readonly pollAfterMs: number;
}

interface PassAnswer {
  readonly pass: string;
}

/** What a person holds of a campaign's room. */
interface Held {
  readonly ticket: string;
  readonly arrival: number;
}

/** `pass`: called, and this is for the grab; `open`: nobody has to wait. */
export type Visit =
  | { readonly kind: 'pass'; readonly pass: string }
  | { readonly kind: 'open' }
  | { readonly kind: 'refused'; readonly refused: Refused };

export interface VisitOptions {
  /** As Caller.nowMs. */
  readonly untilMs: number;
  readonly onWaiting: ((waiting: Waiting) => void) | undefined;
  /** Ends a wait early with what a server says of its own accord; undefined when there is no stream of events. */
  readonly nextServing: ((signal: AbortSignal) => Promise<Serving | undefined>) | undefined;
}

// A place that was called too long ago is lost; who loses several in a row is not there.
const VISITS_MAX = 3;
const ROOM = '/campaigns/{campaignId}/room/grab';

/**
 * A person's way through the waiting room of a campaign's grabs. The place is a signed ticket that lives here, and what is asked for again and
 * again is the same for everybody, so a server keeps nothing of the person.
 */
export class WaitingRoom {
  private readonly held = new Map<string, Held>();
  private readonly seen = new Map<string, string>();
  private readonly shuffles = new Shuffles();

  constructor(private readonly caller: Caller) {}

  /** Waits until this person is called, and gets the pass for the grab; a ticket is kept for the next visit. */
  async visit(grab: GrabRef, options: VisitOptions): Promise<Visit> {
    for (let visits = 1; visits <= VISITS_MAX; visits += 1) {
      const joined = await this.join(grab.campaignId);
      if ('kind' in joined) return joined;
      const called = await this.awaitCall(grab, joined, options);
      if (called.kind !== 'called') return called;
      const passed = await this.pass(grab, joined.held, options.untilMs);
      if (passed) return passed;
      // Called too long ago: a new place, behind everybody.
      this.held.delete(grab.campaignId);
    }
    return { kind: 'refused', refused: { outcome: 'GAVE_UP', last: 'WAIT' } };
  }

  private async join(
    campaignId: string,
  ): Promise<Extract<Visit, { kind: 'open' | 'refused' }> | { held: Held; pollAfterMs: number }> {
    const shown = this.held.get(campaignId);
    const body = { ...(shown && { ticket: shown.ticket }), ...this.lastSeen(campaignId) };
    const route = `${ROOM}/ticket`;
    // Who has a place already is not dropped from it.
    const { result } = await this.caller.call<Result<TicketAnswer>>({
      ...{ method: 'POST', route, params: { campaignId }, body },
      ...(shown === undefined && { api: 'grab' }),
    });
    if (result.outcome !== 'OK') return { kind: 'refused', refused: result };
    const { ticket, arrival, pollAfterMs: waitMs } = result;
    if (ticket === undefined || arrival === undefined) return { kind: 'open' };
    const held = { ticket, arrival };
    this.held.set(campaignId, held);
    return { held, pollAfterMs: waitMs };
  }

  private async awaitCall(
    { campaignId }: GrabRef,
    joined: { held: Held; pollAfterMs: number },
    { untilMs, onWaiting, nextServing }: VisitOptions,
  ): Promise<{ kind: 'called' } | Exclude<Visit, { kind: 'pass' }>> {
    let waitMs = joined.pollAfterMs;
    // Asked at once, so that a person sees where they stand.
    for (let pushed: Serving | undefined; ;) {
      const serving = pushed ?? (await this.serving(campaignId));
      if (serving) {
        this.seen.set(campaignId, serving.seen);
        if (!serving.isOpen) return { kind: 'open' };
        const place = this.placeIn(serving, joined.held.arrival);
        if (place.kind === 'called' || place.kind === 'lapsed') return { kind: 'called' };
        const isWaiting = place.kind === 'waiting';
        const leftMs = isWaiting ? etaMs(place.ahead, serving.calledPerSecond) : undefined;
        onWaiting?.({
          position: isWaiting ? place.position : undefined,
          ahead: isWaiting ? place.ahead : undefined,
          etaMs: leftMs,
        });
        if (isWaiting && serving.lastReached !== null && place.position > serving.lastReached) {
          return { kind: 'refused', refused: await this.outOfReach(campaignId) };
        }
        waitMs = isWaiting ? pollAfterMs(leftMs, this.caller.jitterMs(1)) : waitMs;
      }
      if (this.caller.nowMs() + waitMs > untilMs) {
        return { kind: 'refused', refused: { outcome: 'GAVE_UP', last: 'WAIT', pollAfterMs: waitMs } };
      }
      pushed = await this.caller.pauseUnless(waitMs, nextServing);
    }
  }

  private placeIn({ opening, serving, lapsed }: Serving, arrival: number) {
    const position = opening ? this.shuffles.positionOf(arrival, { ...opening, atMs: 0 }) : undefined;
    return placeOf(position, { issued: 0, opening: undefined, serving, lapsed });
  }

  /** Undefined while nobody tells it: then it is asked for again when the time comes. */
  private async serving(campaignId: string): Promise<Serving | undefined> {
    const call = { method: 'GET', route: `${ROOM}/serving`, params: { campaignId } } as const;
    const { result } = await this.caller.call<Result<Serving>>(call, { pollsMax: 0 });
    return result.outcome === 'OK' ? result : undefined;
  }

  /** Whether for now or for good, the ticket's own answer says. */
  private async outOfReach(campaignId: string): Promise<Refused> {
    const joined = await this.join(campaignId);
    if ('kind' in joined) return joined.kind === 'refused' ? joined.refused : { outcome: 'SOLD_OUT_FOR_NOW' };
    return { outcome: 'SOLD_OUT_FOR_NOW', pollAfterMs: joined.pollAfterMs };
  }

  /** Undefined when the place was called too long ago. */
  private async pass({ campaignId, grabId }: GrabRef, { ticket }: Held, untilMs: number): Promise<Visit | undefined> {
    const { result } = await this.caller.call<Result<PassAnswer>>(
      {
        method: 'POST',
        route: `${ROOM}/pass`,
        params: { campaignId },
        body: { ticket, grabId, ...this.lastSeen(campaignId) },
      },
      { timeBudgetMs: Math.max(0, untilMs - this.caller.nowMs()) },
    );
    if (result.outcome === 'OK') return { kind: 'pass', pass: result.pass };
    if (result.outcome === 'CONFLICT' && result.field === 'ticket') return undefined;
    return { kind: 'refused', refused: result };
  }

  private lastSeen(campaignId: string): { readonly seen?: string } {
    const seen = this.seen.get(campaignId);
    return seen === undefined ? {} : { seen };
  }
}
