import { MemoryRoomStore, roomStoreContract } from './testing';
import { EMPTY_ROOM, PLACE_KEPT_MS } from './room';

roomStoreContract('in memory', () => {
  let nowMs = 1_700_000_000_000;
  return {
    store: new MemoryRoomStore(() => nowMs),
    pass: async (ms) => {
      nowMs += ms;
    },
  };
});

const room = { campaignId: 'c', api: 'grab' };

const beatBy = (store: MemoryRoomStore, instanceId: string) =>
  store.beat(room, {
    known: EMPTY_ROOM,
    unheard: 0,
    instanceId,
    isOpen: true,
    seed: 'a'.repeat(64),
    perSecond: 10,
    tried: 0,
    answered: 0,
  });

it('keeps a place for a minute after it was called', async () => {
  let nowMs = 1_700_000_000_000;
  const store = new MemoryRoomStore(() => nowMs);
  await store.take(room, 1_000, { known: EMPTY_ROOM, unheard: 0 });
  const calledAtMs = new Map<number, number>();
  let lapsed = 0;
  for (let i = 0; i < 500; i++) {
    const { state } = await beatBy(store, 'one');
    for (let position = calledAtMs.size + 1; position <= state.serving; position++) calledAtMs.set(position, nowMs);
    for (let position = lapsed + 1; position <= state.lapsed; position++) {
      const keptMs = nowMs - (calledAtMs.get(position) ?? NaN);
      expect(keptMs).toBeGreaterThanOrEqual(PLACE_KEPT_MS);
      expect(keptMs).toBeLessThan(PLACE_KEPT_MS + 2_000);
    }
    ({ lapsed } = state);
    nowMs += 250;
  }
  expect(lapsed).toBeGreaterThan(600);
});

it('goes on by a clock that is an hour behind the one before, although who led is gone', async () => {
  let nowMs = 1_700_000_000_000;
  const store = new MemoryRoomStore(() => nowMs);
  await store.take(room, 1_000, { known: EMPTY_ROOM, unheard: 0 });
  await beatBy(store, 'gone');
  nowMs -= 3_600_000;
  await beatBy(store, 'one');
  nowMs += 500;
  const { state, marks } = await beatBy(store, 'one');
  expect(state.serving).toBe(5);
  expect(marks.every(({ atMs }) => atMs <= nowMs)).toBe(true);
});

it('takes no place away for time in which nobody was called, or that the clock has jumped on', async () => {
  let nowMs = 1_700_000_000_000;
  const store = new MemoryRoomStore(() => nowMs);
  await store.take(room, 1_000, { known: EMPTY_ROOM, unheard: 0 });
  const beatFor = async (ms: number) => {
    for (const untilMs = nowMs + ms; nowMs < untilMs; nowMs += 250) await beatBy(store, 'one');
    return (await beatBy(store, 'one')).state;
  };
  const { serving } = await beatFor(10_000);
  nowMs += 3_600_000;
  expect((await beatFor(PLACE_KEPT_MS / 2)).lapsed).toBe(0);
  expect((await beatFor(PLACE_KEPT_MS / 2)).lapsed).toBeGreaterThanOrEqual(serving);
});
