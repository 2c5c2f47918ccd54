import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChaosWorld } from '../world';
import { harmRedis } from './redis-faults';

const info = (inProgress: 0 | 1, status: 'ok' | 'err') =>
  `# Persistence\r\nrdb_bgsave_in_progress:${inProgress}\r\nrdb_last_bgsave_status:${status}\r\n`;

describe('a disk that refuses the snapshot', () => {
  const data = mkdtempSync(join(tmpdir(), 'redis-'));
  afterAll(() => rmSync(data, { recursive: true }));

  it('waits for a child of before, and for its own snapshot to fail', async () => {
    const done: string[] = [];
    let othersChildAsks = 2;
    // What failed before is told until the new one is over.
    const infos = [info(1, 'err'), info(1, 'err'), info(0, 'err')];
    const redis = {
      config: async (...args: string[]) => done.push(args.join(' ')),
      bgsave: async (...args: string[]) => {
        if (othersChildAsks-- > 0) throw new Error('ERR Background save already in progress');
        done.push(['BGSAVE', ...args].join(' '));
        return 'Background saving started';
      },
      info: async () => infos.shift(),
    };
    const world = { redis, server: () => ({ spec: { data } }) } as unknown as ChaosWorld;
    await harmRedis({ kind: 'redis', how: 'refuse-writes-disk', atMs: 0, forMs: 0 }, world);
    expect(done).toEqual(['SET save 3600 1', 'BGSAVE', 'SET save ']);
    expect(infos).toEqual([]);
    expect(existsSync(join(data, 'dump.rdb'))).toBe(false);
  });
});
