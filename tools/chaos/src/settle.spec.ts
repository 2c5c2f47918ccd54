import { type inventoryV1 } from '@floodgate/contracts';
import { type Crowd } from './load/crowd';
import { type GrabRouter } from './load/grab-router';
import { type SchedulePlan } from './plan/schedule-plan';
import { settle } from './settle';
import { type ChaosWorld } from './world';

const pool = { poolId: 'p', shards: 2 };
const count = (free: number) => [{ poolId: 'p', free, inTransit: 0 }] as inventoryV1.PoolCount[];

/** What two instances say of the pool, one turn after the other; people who are sent take what there is. */
function settling(...turns: (readonly inventoryV1.PoolCount[])[][]) {
  const sent: string[][] = [];
  const notes: string[] = [];
  const last = [count(0), count(0)];
  const world = { sql: { query: async () => [] }, admin: { fetchTopicOffsets: async () => [] } };
  const router = { readAll: async () => [], describe: async () => turns.shift() ?? last };
  const crowd = {
    isSettled: true,
    isIdle: true,
    undecided: new Map(),
    hopeful: () => 0,
    send: (_: unknown, userIds: string[]) => sent.push(userIds),
    closeTheDoors: () => undefined,
  };
  const run = () =>
    settle({
      world: world as unknown as ChaosWorld,
      plan: { campaignId: 'c', pools: [pool] } as unknown as SchedulePlan,
      crowd: crowd as unknown as Crowd,
      router: router as unknown as GrabRouter,
      note: (what) => notes.push(what),
    });
  return { run, sent, notes };
}

describe('settle', () => {
  it('sends somebody for each unit that is left, as the instance says that sees most of them', async () => {
    const { run, sent } = settling([count(1), count(3)]);
    expect(await run()).toEqual([]);
    expect(sent).toEqual([['p-fresh-0', 'p-fresh-1', 'p-fresh-2', 'p-fresh-3', 'p-fresh-4']]);
  });

  it('asks again when no instance answers, and sends nobody meanwhile', async () => {
    const { run, sent, notes } = settling([[], []], [[], count(1)]);
    expect(await run()).toEqual([]);
    expect(sent).toEqual([['p-fresh-0', 'p-fresh-1', 'p-fresh-2']]);
    expect(notes).toContain('waiting for units: some of p');
  });
});
