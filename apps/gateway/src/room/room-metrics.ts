import { waitingIn } from '@floodgate/domain/waiting-room';
import { Metrics } from '@floodgate/nest-kit';
import { Inject, Injectable } from '@nestjs/common';
import { CampaignCache } from '../campaign-cache';
import { RoomKeeper, type WatchedRoom } from './room-keeper';
import { Rooms } from './rooms';

/** Rooms that have figures of their own, the fullest first; all are counted. */
const NAMED_MAX = 100;

/**
 * What operators watch of the waiting rooms, as this gateway knows them: those that somebody has asked about within the last minute. Read when the
 * metrics are.
 */
@Injectable()
export class RoomMetrics {
  constructor(
    @Inject(RoomKeeper) private readonly keeper: Pick<RoomKeeper, 'watched'>,
    @Inject(Rooms) rooms: Pick<Rooms, 'isClosedTo'>,
    @Inject(CampaignCache) campaigns: Pick<CampaignCache, 'peek'>,
    metrics: Metrics,
  ) {
    const ofEach = (name: string, help: string, read: (room: WatchedRoom) => number) =>
      metrics.gauge(`room_${name}`, help, ['campaign', 'api'], (gauge) => {
        gauge.reset();
        for (const room of this.named()) {
          gauge.set({ campaign: room.id.campaignId, api: room.id.api }, read(room));
        }
      });
    metrics.gauge('rooms', 'Waiting rooms that somebody has asked about within the last minute.', [], (gauge) =>
      gauge.set(keeper.watched.length),
    );
    ofEach('waiting', 'People in front of the next to come.', ({ state }) => waitingIn(state));
    ofEach('serving_number', 'Positions up to this one have been called.', ({ state }) => state.serving);
    ofEach('called_per_second', 'People called a second, over all gateways.', (room) => room.calledPerSecond);
    ofEach('paused', '1 while this gateway calls nobody: overloaded, or Redis is away.', (room) => +room.isPaused);
    ofEach('closed', '1 while newcomers get no place: not their time, no room in the plan, or sold out.', ({ id }) => {
      const campaign = campaigns.peek(id.campaignId);
      return +(campaign === undefined || rooms.isClosedTo(campaign, id.api));
    });
  }

  private named(): WatchedRoom[] {
    const fullestFirst = (a: WatchedRoom, b: WatchedRoom) => waitingIn(b.state) - waitingIn(a.state);
    return [...this.keeper.watched].sort(fullestFirst).slice(0, NAMED_MAX);
  }
}
