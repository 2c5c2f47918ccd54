import { randomBytes } from 'node:crypto';
import { type RedisClient } from '@floodgate/adapters/redis';
import { lowestLevel, type PlanTimeline } from '@floodgate/domain/degradation-plan';
import { type RoomId, roomKey, type RoomState, WaitingRoom } from '@floodgate/domain/waiting-room';
import { type Clock } from '@floodgate/kernel';
import { AdmissionQueue, CLOCK, INSTANCE_ID, Lifecycle, LOG, PeriodicJob } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type Logger } from 'pino';
import { Gate } from '../admission/gate';
import { GATEWAY_REDIS } from '../gateway-redis';
import { InventoryInstances } from '../grab/inventory-instances';
import { RedisRoomStore } from './redis-room-store';
import { type RoomApi } from './room-schemas';

const BEAT_EVERY_MS = 250;
const AWAY_AFTER_MS = 3_000;
/** A room that nobody has asked about for so long is left alone; what is remembered of it stays. */
const ASLEEP_AFTER_MS = 60_000;

/** A room as those see it who watch over the gateway. */
export interface WatchedRoom {
  readonly id: RoomId & { readonly api: RoomApi };
  readonly state: RoomState;
  /** As measured over the last seconds, over all gateways. */
  readonly calledPerSecond: number;
  /** This gateway calls nobody: it is overloaded, or the store is away. */
  readonly isPaused: boolean;
}

/** A room that people ask about. Times are monotonic milliseconds. */
class AwakeRoom {
  askedAt = 0;
  /** When the store answered last. */
  heardAt = -Infinity;
  /** Ends with the first answer of the store, or the first failure. */
  firstBeat: Promise<void> = Promise.resolve();

  constructor(
    readonly id: RoomId & { readonly api: RoomApi },
    readonly timeline: PlanTimeline,
  ) {}

  /** Whether the store tells what becomes of it. */
  get isHeard(): boolean {
    return performance.now() - this.heardAt < AWAY_AFTER_MS;
  }
}

/** Keeps the rooms that people ask about going, several times a second, and remembers the most that was heard of each. */
@Injectable()
export class RoomKeeper implements OnModuleInit {
  readonly waiting: WaitingRoom;
  private readonly rooms = new Map<string, AwakeRoom>();

  constructor(
    private readonly gate: Gate,
    private readonly lifecycle: Lifecycle,
    private readonly inventory: InventoryInstances,
    private readonly queue: AdmissionQueue,
    @Inject(GATEWAY_REDIS) private readonly redis: RedisClient,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Logger,
    @Inject(INSTANCE_ID) instanceId: string,
  ) {
    this.waiting = new WaitingRoom(new RedisRoomStore(redis), {
      instanceId,
      newSeed: () => randomBytes(32).toString('hex'),
      isOverloaded: () => this.isOverloaded,
    });
  }

  onModuleInit(): void {
    const beats = new PeriodicJob({
      name: 'waiting rooms',
      everyMs: BEAT_EVERY_MS,
      log: this.log,
      round: async () => {
        await this.beatAll();
        return false;
      },
    });
    this.lifecycle.onStop(() => beats.stop());
    beats.start();
  }

  /**
   * The room as it is known here, without waiting; from now on it is kept going. Undefined while the store is away: nobody is called then, so nobody
   * may be sent there either.
   */
  look(timeline: PlanTimeline, api: RoomApi): RoomState | undefined {
    const room = this.awake(timeline, api);
    return room.isHeard ? this.waiting.stateOf(room.id) : undefined;
  }

  /** The room, heard of at least once as far as the store can be reached. */
  async heard(timeline: PlanTimeline, api: RoomApi): Promise<AwakeRoom['id']> {
    const { id, firstBeat } = this.awake(timeline, api);
    await firstBeat;
    return id;
  }

  /** The rooms that somebody has asked about lately. */
  get watched(): WatchedRoom[] {
    const { isOverloaded } = this;
    return this.kept().map(({ id, isHeard }) => ({
      id,
      state: this.waiting.stateOf(id),
      calledPerSecond: this.waiting.paceOf(id).calledPerSecond,
      isPaused: isOverloaded || !isHeard,
    }));
  }

  /** A grab was handed on to be decided. */
  noteTried(campaignId: string): void {
    const room = this.rooms.get(roomKey({ campaignId, api: 'grab' }));
    if (room) this.waiting.noteTried(room.id);
  }

  /** A grab was decided. */
  noteAnswered(campaignId: string): void {
    const room = this.rooms.get(roomKey({ campaignId, api: 'grab' }));
    if (room) this.waiting.noteAnswered(room.id);
  }

  private awake({ campaignId, t0Ms }: PlanTimeline, api: RoomApi): AwakeRoom {
    const id = { campaignId, api };
    const key = roomKey(id);
    let room = this.rooms.get(key);
    if (!room) {
      room = new AwakeRoom(id, { campaignId, t0Ms });
      this.rooms.set(key, room);
      room.firstBeat = this.beat(room);
    }
    room.askedAt = performance.now();
    return room;
  }

  private async beatAll(): Promise<void> {
    if (this.redis.status !== 'ready') return;
    await Promise.all(this.kept().map((room) => this.beat(room)));
  }

  private kept(): AwakeRoom[] {
    const asleep = performance.now() - ASLEEP_AFTER_MS;
    return [...this.rooms.values()].filter(({ askedAt }) => askedAt > asleep);
  }

  private get isOverloaded(): boolean {
    return this.inventory.full || this.queue.cursor.level > lowestLevel('grab');
  }

  /** Never fails: a room that cannot be asked about stands still. */
  private async beat(awake: AwakeRoom): Promise<void> {
    const { id, timeline } = awake;
    const { caps, room } = this.gate.policyFor(timeline);
    try {
      await this.waiting.beat(id, {
        isOpen: this.clock.nowMs() >= timeline.t0Ms,
        limits: { perSecondMax: room.perSecond, cap: caps[id.api] },
      });
      awake.heardAt = performance.now();
    } catch (err) {
      this.log.warn({ err, room: roomKey(id) }, 'waiting room stands still');
    }
  }
}
