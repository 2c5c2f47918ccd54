import { type Beat, type Beaten, type RoomStore } from '../ports';
import { EMPTY_ROOM, type Opening, type RoomId, type RoomState } from '../room';

export interface StoreUnderTest {
  readonly store: RoomStore;
  /** Lets the store's clock go on, about. */
  readonly pass: (ms: number) => Promise<void>;
}

let rooms = 0;

const SEED = 'a'.repeat(64);
const OTHER_SEED = 'b'.repeat(64);

/** What every store of rooms must do; run on the one in memory and on Redis alike. */
export function roomStoreContract(name: string, make: () => StoreUnderTest): void {
  describe(`room store: ${name}`, () => {
    let store: RoomStore;
    let pass: StoreUnderTest['pass'];
    let room: RoomId;

    beforeEach(() => {
      ({ store, pass } = make());
      room = { campaignId: `c${process.pid}-${Date.now()}-${rooms++}`, api: 'grab' };
    });

    const known = (more: Partial<RoomState> = {}) => ({ known: { ...EMPTY_ROOM, ...more }, unheard: 0 });
    const beat = (more: Partial<Beat> = {}): Promise<Beaten> =>
      store.beat(room, {
        ...known(),
        instanceId: 'one',
        isOpen: true,
        seed: SEED,
        perSecond: 1_000,
        tried: 0,
        answered: 0,
        ...more,
      });
    const take = (count: number) => store.take(room, count, known());
    /** Beats until somebody has been called. */
    const called = async (more: Partial<Beat> = {}): Promise<Beaten> => {
      for (;;) {
        const beaten = await beat(more);
        if (beaten.state.serving > 0) return beaten;
        await pass(50);
      }
    };
    /** Another's beat a moment after a leader's, while the lease of that one holds for certain. */
    const soonAfter = async (leader: () => Promise<Beaten>, instanceId: string) => {
      for (;;) {
        const first = await leader();
        await pass(100);
        const second = await beat({ instanceId });
        if (nowOf(second) - nowOf(first) < 900) return { first, second };
        // It came so late that it may have taken the lead, which it would hold at the next attempt.
        await beat({ instanceId, perSecond: undefined });
      }
    };
    const nowOf = ({ marks }: Beaten) => marks.at(-1)?.atMs ?? NaN;

    it('gives each number out once, from 1 on', async () => {
      const lasts = await Promise.all([1, 5, 2, 4].map(take));
      expect(Math.max(...lasts)).toBe(12);
      expect(new Set(lasts).size).toBe(4);
    });

    it('gives a person one number, whoever asks, and another one only in the place of exactly that', async () => {
      const enter = async (arrival: number, instead?: number) =>
        (await store.enter(room, [{ userId: 'ann', arrival, instead }]))[0];
      expect(await store.arrivals(room, ['ann', 'bob'])).toEqual([undefined, undefined]);
      expect(await enter(1)).toBe(1);
      expect(await enter(2)).toBe(1);
      expect(await enter(3, 2)).toBe(1);
      expect(await enter(4, 1)).toBe(4);
      expect(await store.arrivals(room, ['bob', 'ann'])).toEqual([undefined, 4]);
    });

    it('keeps people and rooms apart', async () => {
      const other = { ...room, api: 'qualification' };
      await store.enter(room, [{ userId: 'ann', arrival: 1, instead: undefined }]);
      await take(5);
      expect(await store.arrivals(other, ['ann'])).toEqual([undefined]);
      expect(await store.take(other, 1, known())).toBe(1);
    });

    it('binds the pass of a place to the first grab that is named', async () => {
      const use = { userId: 'ann', position: 3, ttlMs: 60_000 };
      expect(await store.spend(room, { ...use, grabId: 'g1' })).toBe('g1');
      expect(await store.spend(room, { ...use, grabId: 'g2' })).toBe('g1');
      expect(await store.spend(room, { ...use, grabId: 'g1' })).toBe('g1');
      expect(await store.spend(room, { ...use, userId: 'bob', grabId: 'g2' })).toBe('g2');
      expect(await store.spend(room, { ...use, position: 4, grabId: 'g2' })).toBe('g2');
    });

    it('opens once: the numbers given out by then are frozen, and the seed stays', async () => {
      await take(7);
      expect((await beat({ isOpen: false })).state).toEqual({ issued: 7, opening: undefined, serving: 0, lapsed: 0 });
      const [first, second] = await Promise.all([beat(), beat({ instanceId: 'two', seed: OTHER_SEED })]);
      expect(first.state.opening).toEqual(second.state.opening);
      expect(first.state.opening?.frozen).toBe(7);
      await take(3);
      const { state } = await beat({ seed: OTHER_SEED });
      expect(state.opening).toEqual(first.state.opening);
      expect(state.issued).toBe(10);
    });

    it('calls nobody before the opening, and never more than there are', async () => {
      await take(3);
      await beat({ isOpen: false });
      await pass(100);
      expect((await beat({ isOpen: false })).state.serving).toBe(0);
      let last = await called();
      for (let i = 0; i < 5 && last.state.serving < 3; i++) {
        await pass(100);
        last = await beat();
      }
      expect(last.state.serving).toBe(3);
      await pass(100);
      expect((await beat()).state.serving).toBe(3);
    });

    it('does not save up for a crowd while nobody waits', async () => {
      const opened = await beat();
      await pass(300);
      const idle = await beat();
      await take(100_000);
      const { state, marks } = await beat();
      const sinceMs = (marks.at(-1)?.atMs ?? NaN) - nowOf(idle);
      expect(nowOf(idle)).toBeGreaterThan(nowOf(opened));
      expect(state.serving).toBeLessThanOrEqual(sinceMs + 1);
    });

    it('makes up for half a second at most', async () => {
      await take(100_000);
      await beat();
      await pass(700);
      expect((await beat()).state.serving).toBeLessThanOrEqual(501);
    });

    it('keeps to the rate with two that both call, however their beats fall', async () => {
      await take(100_000);
      const opened = await beat({ perSecond: 333.3 });
      for (let i = 0; i < 30; i++) {
        await Promise.all([
          beat({ perSecond: 333.3 }),
          beat({ perSecond: 333.3, instanceId: 'two' }),
          beat({ perSecond: 333.3, instanceId: 'one' }),
        ]);
        await pass(10 + (i % 3) * 15);
      }
      const last = await called({ perSecond: 333.3 });
      const overMs = nowOf(last) - nowOf(opened);
      expect(last.state.serving).toBeLessThanOrEqual((overMs * 333.3) / 1_000 + 1);
    });

    it('lets one lead, and another at once when that one must not call', async () => {
      await take(100_000);
      await beat();
      const beside = await soonAfter(() => beat(), 'two');
      expect(beside.second.state.serving).toBe(beside.first.state.serving);
      await beat({ perSecond: undefined });
      await pass(100);
      const { state } = await beat({ instanceId: 'two' });
      expect(state.serving).toBeGreaterThan(beside.second.state.serving);
      const back = await soonAfter(() => beat({ instanceId: 'two' }), 'one');
      expect(back.second.state.serving).toBe(back.first.state.serving);
    });

    it('takes over what an instance knows better, and begins above what may have been given out unheard', async () => {
      const opening: Opening = { frozen: 50, seed: OTHER_SEED, atMs: 1_000 };
      const remembered = { issued: 90, opening, serving: 40, lapsed: 10 };
      expect((await beat({ known: remembered, unheard: 20, perSecond: undefined })).state).toEqual({
        ...remembered,
        issued: 110,
      });
      expect((await beat({ known: { ...remembered, serving: 30, lapsed: 5, issued: 80 } })).state).toMatchObject({
        serving: 40,
        lapsed: 10,
        issued: 110,
      });
      expect(await store.take(room, 1, { known: { ...EMPTY_ROOM, issued: 200 }, unheard: 9 })).toBe(210);
    });

    it('goes back to the first opening when it was forgotten and opened again', async () => {
      const again = await beat();
      const opening: Opening = { frozen: 50, seed: OTHER_SEED, atMs: (again.state.opening?.atMs ?? 0) - 1_000 };
      expect((await beat(known({ issued: 60, opening }))).state.opening).toEqual(opening);
      const later = { frozen: 70, seed: SEED, atMs: opening.atMs + 500 };
      expect((await beat(known({ issued: 60, opening: later }))).state.opening).toEqual(opening);
    });

    it('counts what was tried and answered, over all', async () => {
      await beat({ tried: 5, answered: 4 });
      const { marks } = await beat({ instanceId: 'two', tried: 3, answered: 1 });
      expect(marks.at(-1)).toMatchObject({ tried: 8, answered: 5 });
    });
  });
}
