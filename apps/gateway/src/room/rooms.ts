import { type PlanTimeline } from '@floodgate/domain/degradation-plan';
import {
  etaMs,
  lastReached,
  type OutOfReach,
  outOfReach,
  type Place,
  type PoolLeft,
  pollAfterMs,
  type RoomId,
  roomKey,
  type RoomState,
} from '@floodgate/domain/waiting-room';
import { type Clock, OutcomeError } from '@floodgate/kernel';
import { CLOCK, LOG } from '@floodgate/nest-kit';
import { Inject, Injectable } from '@nestjs/common';
import { type Logger } from 'pino';
import { Gate } from '../admission/gate';
import { StockLevels } from '../admission/stock-levels';
import { type Campaign } from '../campaign-cache';
import { type Config, CONFIG } from '../config';
import { RoomKeeper } from './room-keeper';
import { type PassAnswer, type RoomApi, type ServingAnswer, type TicketAnswer } from './room-schemas';
import { openSeen, openTicket, signRoomPass, signSeen, signTicket } from './room-tokens';

/** How long a pass is good for: its holder grabs at once, and tries again if that fails. */
const PASS_TTL_MS = 120_000;
const AWAY_POLL_AFTER_MS = 2_000;

interface TicketRequest {
  readonly api: RoomApi;
  readonly userId: string;
  readonly ticket?: string | undefined;
  readonly seen?: string | undefined;
}

interface PassRequest extends TicketRequest {
  readonly ticket: string;
  readonly grabId: string;
}

/** Somebody's way through a room. Places live with those who hold them: nothing here grows with the number waiting. */
@Injectable()
export class Rooms {
  /** The signed form of the last state of each room. */
  private readonly seen = new Map<string, { readonly state: RoomState; readonly signed: string }>();

  constructor(
    private readonly keeper: RoomKeeper,
    private readonly gate: Gate,
    private readonly levels: StockLevels,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  /** What everybody may know, and computes their own place from. */
  async serving(campaign: Campaign, api: RoomApi): Promise<ServingAnswer> {
    const room = await this.keeper.heard(timelineOf(campaign), api);
    const state = this.keeper.waiting.stateOf(room);
    const { opening } = state;
    return {
      outcome: 'OK',
      isOpen: this.takesPeopleIn(campaign),
      opening: opening ? { frozen: opening.frozen, seed: opening.seed } : null,
      serving: state.serving,
      lapsed: state.lapsed,
      calledPerSecond: this.keeper.waiting.paceOf(room).calledPerSecond,
      lastReached: (isSale(campaign) ? lastReached(state, this.poolsOf(campaign)) : undefined) ?? null,
      t0Ms: campaign.t0Ms,
      nowMs: this.clock.nowMs(),
      seen: this.seenOf(room, state, campaign),
    };
  }

  /** Throws NOT_OPEN_YET before people are taken in, SOLD_OUT, and SOLD_OUT_FOR_NOW to newcomers whom the stock cannot reach. */
  async ticket(campaign: Campaign, { api, userId, ticket, seen }: TicketRequest): Promise<TicketAnswer> {
    const room = await this.keeper.heard(timelineOf(campaign), api);
    this.learn(room, seen);
    const had = ticket === undefined ? undefined : this.arrivalIn(room, userId, ticket);
    if (had !== undefined) return this.ticketAnswer(campaign, room, userId, had);
    if (!this.takesPeopleIn(campaign)) return this.nobodyWaits(campaign);
    const refused = this.refusesNext(campaign, room);
    const arrival = await this.join(room, userId, refused === undefined);
    if (arrival !== undefined) return this.ticketAnswer(campaign, room, userId, arrival);
    if (refused === 'SOLD_OUT') throw new OutcomeError('SOLD_OUT', '');
    const pollAfterMs = this.config.SOLD_OUT_FLAG_MS;
    throw new OutcomeError('SOLD_OUT_FOR_NOW', 'more are waiting than there is left', { pollAfterMs });
  }

  /** Whether newcomers get no place: it is not their time, the plan has no room, or nothing can reach them. */
  isClosedTo(campaign: Campaign, api: RoomApi): boolean {
    const room = { campaignId: campaign.campaignId, api };
    return !this.takesPeopleIn(campaign) || this.refusesNext(campaign, room) !== undefined;
  }

  /**
   * Throws INVALID_REQUEST for what is no ticket of this person for this room, WAIT until its position is called, CONFLICT (`ticket`) when it was called too
   * long ago and CONFLICT (`grabId`) when its pass is for another grab.
   */
  async pass(campaign: Campaign, { api, userId, ticket, grabId, seen }: PassRequest): Promise<PassAnswer> {
    const room = await this.keeper.heard(timelineOf(campaign), api);
    this.learn(room, seen);
    const { TOKEN_SECRET } = this.config;
    const nowMs = this.clock.nowMs();
    const arrival = openTicket(ticket, { userId, room }, TOKEN_SECRET, nowMs);
    if (arrival === undefined) {
      throw new OutcomeError('INVALID_REQUEST', 'ticket: is none of yours for this room', { field: 'ticket' });
    }
    const place = this.keeper.waiting.placeOf(room, arrival);
    switch (place.kind) {
      case 'unopened':
      case 'waiting':
        throw new OutcomeError('WAIT', 'not called yet', {
          pollAfterMs: this.lookAgain(campaign, room, place).pollAfterMs,
        });
      case 'lapsed':
        throw new OutcomeError('CONFLICT', 'called too long ago: join again', { field: 'ticket' });
      case 'called':
        await this.spend(room, { userId, position: place.position, grabId });
    }
    const expiresAtMs = nowMs + PASS_TTL_MS;
    return { outcome: 'OK', pass: signRoomPass({ userId, room }, grabId, expiresAtMs, TOKEN_SECRET), expiresAtMs };
  }

  private async join(room: RoomId, userId: string, mayEnter: boolean): Promise<number | undefined> {
    try {
      return await this.keeper.waiting.join(room, userId, mayEnter);
    } catch (err) {
      this.log.debug({ err, room: roomKey(room) }, 'no place given');
      throw new OutcomeError('TRY_LATER', 'no places can be given just now', { pollAfterMs: AWAY_POLL_AFTER_MS });
    }
  }

  private async spend(room: RoomId, use: { userId: string; position: number; grabId: string }): Promise<void> {
    let isBound = true;
    try {
      isBound = await this.keeper.waiting.spend(room, { ...use, ttlMs: PASS_TTL_MS });
    } catch (err) {
      // Whoever has been called gets in all the same: the pass names its grab, and one person gets one unit.
      this.log.debug({ err, room: roomKey(room) }, 'pass given without asking Redis');
    }
    if (!isBound) throw new OutcomeError('CONFLICT', 'the pass is for another grab', { field: 'grabId' });
  }

  /** The arrival number of a ticket that still is a place; undefined for any other. */
  private arrivalIn(room: RoomId, userId: string, ticket: string): number | undefined {
    const { waiting } = this.keeper;
    const arrival = openTicket(ticket, { userId, room }, this.config.TOKEN_SECRET, this.clock.nowMs());
    if (arrival === undefined) return undefined;
    waiting.learn(room, { ...waiting.stateOf(room), issued: arrival });
    return waiting.placeOf(room, arrival).kind === 'lapsed' ? undefined : arrival;
  }

  private learn(room: RoomId, seen: string | undefined): void {
    if (seen === undefined) return;
    const shown = openSeen(seen, room, this.config.TOKEN_SECRET, this.clock.nowMs());
    if (shown) this.keeper.waiting.learn(room, shown);
  }

  private ticketAnswer(campaign: Campaign, room: RoomId, userId: string, arrival: number): TicketAnswer {
    const place = this.keeper.waiting.placeOf(room, arrival);
    const position = place.kind === 'waiting' ? place.position : undefined;
    const soldOut =
      position !== undefined && isSale(campaign)
        ? outOfReach(this.keeper.waiting.stateOf(room), this.poolsOf(campaign), position)
        : undefined;
    if (soldOut === 'SOLD_OUT') throw new OutcomeError('SOLD_OUT', '');
    const { closesAtMs } = campaign.view.timeline;
    const ticket = signTicket({ userId, room }, arrival, closesAtMs, this.config.TOKEN_SECRET);
    const when = this.lookAgain(campaign, room, place);
    return { outcome: 'OK', ticket, arrival, place, ...(soldOut && { soldOut }), ...when };
  }

  private lookAgain(campaign: Campaign, room: RoomId, place: Place): { etaMs?: number; pollAfterMs: number } {
    switch (place.kind) {
      case 'called':
      case 'lapsed':
        return { pollAfterMs: 0 };
      case 'unopened':
        return { pollAfterMs: pollAfterMs(Math.max(0, campaign.t0Ms - this.clock.nowMs()), Math.random()) };
      case 'waiting': {
        const leftMs = etaMs(place.ahead, this.keeper.waiting.paceOf(room).calledPerSecond);
        return { ...(leftMs !== undefined && { etaMs: leftMs }), pollAfterMs: pollAfterMs(leftMs, Math.random()) };
      }
    }
  }

  private takesPeopleIn(campaign: Campaign): boolean {
    const { room } = this.gate.policyFor(timelineOf(campaign));
    const nowMs = this.clock.nowMs();
    return room.open === 'on' && nowMs >= room.fromMs && nowMs < campaign.view.timeline.closesAtMs;
  }

  /** What who would come next is told, where the stock cannot reach them. */
  private refusesNext(campaign: Campaign, room: RoomId): OutOfReach | undefined {
    if (!isSale(campaign)) return undefined;
    return outOfReach(this.keeper.waiting.stateOf(room), this.poolsOf(campaign));
  }

  private nobodyWaits(campaign: Campaign): TicketAnswer {
    const nowMs = this.clock.nowMs();
    if (nowMs >= campaign.view.timeline.closesAtMs) throw new OutcomeError('CLOSED', '');
    const { fromMs } = this.gate.policyFor(timelineOf(campaign)).room;
    if (nowMs < fromMs) {
      throw new OutcomeError('NOT_OPEN_YET', 'people are taken in from shortly before the opening', {
        pollAfterMs: pollAfterMs(fromMs - nowMs, Math.random()),
      });
    }
    return { outcome: 'OK', pollAfterMs: Math.max(0, campaign.t0Ms - nowMs) };
  }

  private poolsOf(campaign: Campaign): PoolLeft[] {
    return campaign.view.pools.map((pool) => ({
      left: this.levels.shown(pool)?.remaining,
      final: this.levels.soldOut(pool) === 'SOLD_OUT',
    }));
  }

  private seenOf(room: RoomId, state: RoomState, campaign: Campaign): string {
    const key = roomKey(room);
    const known = this.seen.get(key);
    if (known?.state === state) return known.signed;
    const signed = signSeen(room, state, campaign.view.timeline.closesAtMs, this.config.TOKEN_SECRET);
    this.seen.set(key, { state, signed });
    return signed;
  }
}

function timelineOf({ view, t0Ms }: Campaign): PlanTimeline {
  return { campaignId: view.campaignId, t0Ms };
}

/** Stock bounds who can get a unit in a sale; in a card split who qualified has a share. */
function isSale({ view }: Campaign): boolean {
  return view.kind === 'TIMED_SALE';
}
