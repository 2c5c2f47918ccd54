import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepEvidence } from './keep';
import { planSchedule } from './plan/schedule-plan';
import { scheduleLine, summary } from './report';
import { runSchedule } from './run-schedule';
import { type ChaosWorld } from './world';

describe('a schedule that throws', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const unexpectedEnds: string[] = [];
  const spec = { name: 'inventory-1', grpcAddress: '127.0.0.1:1' };
  const world = {
    instances: [{ spec, unexpectedEnds, log: join(folder, 'no.log'), counters: async () => new Map() }],
    redisProxies: [],
    kafkaProxies: [],
    admin: { fetchTopicOffsets: () => Promise.reject(new Error('no broker answers')) },
  } as unknown as ChaosWorld;

  it('is one that failed, with its reason and its evidence; what is left of it is not charged to the next', async () => {
    unexpectedEnds.push('inventory-1 ended by itself: 1');
    const result = await runSchedule(world, planSchedule(5));
    expect(result).toMatchObject({
      seed: 5,
      wrong: ['it broke off: no broker answers', 'inventory-1 ended by itself: 1'],
    });
    expect(unexpectedEnds).toEqual([]);
    expect(scheduleLine(result)).toContain('FAILED seed 5');
    expect(summary([result])).toContain('0 schedules passed, 1 failed');
    const kept = keepEvidence(result, folder, world);
    expect(readFileSync(join(kept, 'timeline.txt'), 'utf8')).toContain('Error: no broker answers\n    at ');
  });
});
