import { Metrics } from '@floodgate/nest-kit';
import { type WatchedRoom } from './room-keeper';
import { RoomMetrics } from './room-metrics';

const ROOMS = 150;
const NAMED = 100;

const room = (no: number): WatchedRoom => ({
  id: { campaignId: `c${no}`, api: 'grab' },
  state: { issued: 10 + no, opening: undefined, serving: 10, lapsed: 0 },
  calledPerSecond: no / 2,
  isPaused: no % 2 === 1,
});

describe('RoomMetrics', () => {
  let watched: WatchedRoom[];
  let metrics: Metrics;
  const read = async () => (await metrics.registry.metrics()).split('\n').filter((line) => line.includes('room'));
  const valueOf = async (name: string, no: number) =>
    (await read())
      .find((line) => line.startsWith(`floodgate_room_${name}{campaign="c${no}",api="grab"} `))
      ?.split(' ')[1];

  beforeEach(() => {
    watched = Array.from({ length: ROOMS }, (_, no) => room(no));
    metrics = new Metrics();
    new RoomMetrics(
      {
        get watched() {
          return watched;
        },
      },
      { isClosedTo: () => false },
      { peek: () => undefined },
      metrics,
    );
  });

  it('names the fullest rooms, so many at most, and counts all', async () => {
    expect(await read()).toContain(`floodgate_rooms ${ROOMS}`);
    const named = (await read()).filter((line) => line.startsWith('floodgate_room_waiting{'));
    expect(named).toHaveLength(NAMED);
    expect(await valueOf('waiting', ROOMS - 1)).toBe(String(ROOMS - 1));
    expect(await valueOf('waiting', ROOMS - NAMED - 1)).toBeUndefined();
  });

  it('tells of each how far it is, how fast, and whether it goes on', async () => {
    expect(await valueOf('serving_number', 101)).toBe('10');
    expect(await valueOf('called_per_second', 101)).toBe('50.5');
    expect([await valueOf('paused', 100), await valueOf('paused', 101)]).toEqual(['0', '1']);
    // A campaign that nobody knows here any more takes nobody in.
    expect(await valueOf('closed', 101)).toBe('1');
  });

  it('forgets rooms that nobody asks about any more', async () => {
    watched = [room(149)];
    expect((await read()).filter((line) => line.startsWith('floodgate_room_waiting{'))).toHaveLength(1);
  });
});
