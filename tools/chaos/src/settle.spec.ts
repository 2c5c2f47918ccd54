import { setTimeout as sleep } from 'node:timers/promises';
import { type inventoryV1, Outcome } from '@floodgate/contracts';
import { Crowd } from './load/crowd';
import { type GrabRouter } from './load/grab-router';
import { ToldLog } from './load/told';
import { type PersonPlan, type PoolPlan } from './plan/load-plan';
import { type SchedulePlan } from './plan/schedule-plan';
import { settle } from './settle';
import { type ChaosWorld } from './world';

const POOL: PoolPlan = { poolId: 'p', strategy: 'memory', settlement: 'order', stock: 1, shards: 2 };
const ANSWER_MS = 200;

const answer = (outcome: Outcome) =>
  ({ outcome, unitNo: 0, amountFen: '0', grabId: '' }) as unknown as inventoryV1.GrabAnswer;
const UNKNOWN = answer(Outcome.OUTCOME_UNKNOWN_GRAB);
const count = (free: number) => [{ poolId: 'p', free, inTransit: 0 }] as inventoryV1.PoolCount[];

function settling(crowd: Crowd, router: Pick<GrabRouter, 'readAll' | 'describe'>) {
  const notes: string[] = [];
  const world = { sql: { query: async () => [] }, admin: { fetchTopicOffsets: async () => [] } };
  const run = () =>
    settle({
      world: world as unknown as ChaosWorld,
      plan: { campaignId: 'c', pools: [POOL] } as unknown as SchedulePlan,
      crowd,
      router: router as GrabRouter,
      note: (what) => notes.push(what),
    });
  return { run, notes };
}

/** What two instances say of the pool, one turn after the other; people who are sent take what there is. */
function inTurns(...turns: (readonly inventoryV1.PoolCount[])[][]) {
  const sent: string[][] = [];
  const crowd = {
    isSettled: true,
    areDoorsClosed: false,
    undecided: new Map(),
    hopeful: () => 0,
    send: (_: unknown, userIds: string[]) => sent.push(userIds),
    closeTheDoors: () => (crowd.areDoorsClosed = true),
    openTheDoors: () => (crowd.areDoorsClosed = false),
  };
  const reads: unknown[][] = [];
  const router = {
    readAll: async () => (reads.shift() ?? [UNKNOWN, UNKNOWN]) as (inventoryV1.GrabAnswer | undefined)[],
    describe: async () => turns.shift() ?? [count(0), count(0)],
  };
  return { ...settling(crowd as unknown as Crowd, router), sent, reads };
}

/** One unit, and who was granted it in turn. The answer to `late` is on its way for a while. */
function oneUnit(late: string) {
  let free = 1;
  const granted: string[] = [];
  const grab = async ({ userId }: { userId: string }) => {
    const isGranted = free > 0;
    if (isGranted) {
      free--;
      granted.push(userId);
    }
    if (userId === late && isGranted) await sleep(ANSWER_MS);
    return answer(isGranted ? Outcome.OUTCOME_GRANTED : Outcome.OUTCOME_SOLD_OUT_FOR_NOW);
  };
  const router = { grab, readAll: async () => [UNKNOWN, UNKNOWN], describe: async () => [count(free), count(free)] };
  const comesBack = () => free++;
  return { router, granted, comesBack };
}

describe('settle', () => {
  it('sends somebody for each unit that is left, as the instance says that sees most of them', async () => {
    const { run, sent } = inTurns([count(1), count(3)]);
    expect(await run()).toEqual([]);
    expect(sent).toEqual([['p-fresh-0', 'p-fresh-1', 'p-fresh-2', 'p-fresh-3', 'p-fresh-4']]);
  });

  it('asks again when an instance does not answer, and sends nobody meanwhile', async () => {
    const { run, sent, notes } = inTurns([[], count(0)], [[], count(2)], [count(0), count(1)]);
    expect(await run()).toEqual([]);
    expect(sent).toEqual([['p-fresh-0', 'p-fresh-1', 'p-fresh-2']]);
    expect(notes).toContain('waiting for units: some of p');
  });

  it.each([
    ['does not answer', undefined],
    ['has not read its log to the end', answer(Outcome.OUTCOME_WAIT)],
  ])('believes no count while an instance %s', async (_, read) => {
    const { run, sent, notes, reads } = inTurns([count(0), count(0)], [count(0), count(1)]);
    reads.push([UNKNOWN, read]);
    expect(await run()).toEqual([]);
    expect(sent).toEqual([['p-fresh-0', 'p-fresh-1', 'p-fresh-2']]);
    expect(notes).toContain('waiting for units: some of p');
  });

  it('does not end while somebody has not heard of a unit that will come back', async () => {
    const { router, granted, comesBack } = oneUnit('p-late');
    const expire = async () => void comesBack();
    const crowd = new Crowd({ campaignId: 'c', router: router as unknown as GrabRouter, told: new ToldLog(), expire });
    const late: PersonPlan = {
      userId: 'p-late',
      pool: POOL,
      atMs: 0,
      secondDeviceAfterMs: undefined,
      expiresAfterMs: ANSWER_MS,
      comesBack: false,
      asksAgain: false,
    };
    await crowd.arrive([late]);
    // As after an attempt before, while the unit was still somebody else's.
    crowd.undecided.set('p-late p-late-g1', 'SOLD_OUT_FOR_NOW');
    expect(await settling(crowd, router).run()).toEqual([]);
    expect(granted).toEqual(['p-late', expect.stringMatching(/^p-fresh-/)]);
    expect(crowd.expired).toHaveLength(1);
    expect(crowd.isIdle).toBe(true);
  });
});
