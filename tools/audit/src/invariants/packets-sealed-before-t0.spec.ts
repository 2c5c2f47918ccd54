import { type Pool } from '@floodgate/domain/inventory';
import { packetCommitment } from '@floodgate/domain/packets';
import { fen } from '@floodgate/kernel';
import { type Evidence } from '../evidence';
import { checkInvariant } from '../invariant';
import { PoolBook } from '../log-book';
import { packetsSealedBeforeT0 } from './packets-sealed-before-t0';

const terms = { mode: 'equal', totalFen: fen(100), minFen: fen(0), maxFen: fen(0) } as const;
const seed = 's'.repeat(64);
const commitment = packetCommitment({ campaignId: 'c', poolId: 'p', stock: 10, terms, seed });
const pool: Pool = {
  campaignId: 'c',
  poolId: 'p',
  stock: 10,
  shards: 1,
  strategy: 'sharded-counters',
  settlement: 'payout',
  packets: { ...terms, seed, commitment, authorSecret: '', approverSecret: '' },
  price: undefined,
  opensAtMs: 1_000,
  closesAtMs: 2_000,
};

async function found(changed: Pool, shown: string | undefined, committedAtMs: number): Promise<string | undefined> {
  const book = new PoolBook(changed);
  book.committedAtMs = committedAtMs;
  const published = new Map([['c/p', { campaignId: 'c', ...(shown !== undefined && { commitment: shown }) }]]);
  const evidence = { pools: [book], published } as unknown as Evidence;
  const { ok, detail } = await checkInvariant(packetsSealedBeforeT0, evidence);
  return ok ? undefined : detail;
}

it('holds for a commitment that was shown, and in the log before T0', async () => {
  expect(await found(pool, commitment, 999)).toBeUndefined();
  expect(await found({ ...pool, packets: undefined }, undefined, 5_000)).toBeUndefined();
});

it('finds one that came too late, was never shown, or is of something else', async () => {
  expect(await found(pool, commitment, 1_000)).toContain('0 ms after T0');
  expect(await found(pool, undefined, 999)).toContain('another commitment');
  expect(await found(pool, 'other', 999)).toContain('another commitment');
  expect(await found({ ...pool, stock: 11 }, commitment, 999)).toContain('another seed or terms');
  const unsealed = pool.packets && { ...pool.packets, commitment: '' };
  expect(await found({ ...pool, packets: unsealed }, commitment, 999)).toContain('another seed or terms');
});
