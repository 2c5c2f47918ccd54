import { createHash } from 'node:crypto';
import { fen, sha256Hex } from '@floodgate/kernel';
import { HEX_32_PATTERN, packetCommitment, type SealedPool, secretCommitment, seedOf } from './packet-seal';

const origin = { campaignId: 'spring', poolId: 'cash', authorSecret: 'a'.repeat(64), approverSecret: 'b'.repeat(64) };
const pool: SealedPool = {
  campaignId: 'spring',
  poolId: 'cash',
  stock: 3,
  terms: {
    mode: 'levels',
    totalFen: fen(400),
    minFen: fen(0),
    maxFen: fen(0),
    levels: [
      { amountFen: fen(200), count: 1 },
      { amountFen: fen(100), count: 2 },
    ],
  },
  seed: seedOf(origin),
};
const byNode = (text: string): string => createHash('sha256').update(text).digest('hex');

it('hashes what the recipe says', () => {
  expect(secretCommitment(origin.authorSecret)).toBe(byNode('a'.repeat(64)));
  expect(seedOf(origin)).toBe(byNode(`floodgate-seed-1\nspring\ncash\n${'a'.repeat(64)}\n${'b'.repeat(64)}`));
  expect(packetCommitment(pool)).toBe(
    byNode(`floodgate-packets-1\nspring\ncash\n3\nLEVELS\n400\n0\n0\n200x1,100x2\n${pool.seed}`),
  );
  expect(packetCommitment(pool)).toMatch(HEX_32_PATTERN);
});

it.each<[string, SealedPool]>([
  ['another campaign', { ...pool, campaignId: 'autumn' }],
  ['another pool', { ...pool, poolId: 'more' }],
  ['another stock', { ...pool, stock: 4 }],
  ['another mode', { ...pool, terms: { ...pool.terms, mode: 'equal' } }],
  ['another total', { ...pool, terms: { ...pool.terms, totalFen: fen(401) } }],
  ['another minimum', { ...pool, terms: { ...pool.terms, minFen: fen(1) } }],
  ['another maximum', { ...pool, terms: { ...pool.terms, maxFen: fen(1) } }],
  ['another level', { ...pool, terms: { ...pool.terms, levels: [{ amountFen: fen(400), count: 1 }] } }],
  ['no levels', { ...pool, terms: { ...pool.terms, levels: [] } }],
  ['another seed', { ...pool, seed: sha256Hex('other') }],
])('commits to something else for %s', (_, other) => {
  expect(packetCommitment(other)).not.toBe(packetCommitment(pool));
});

it('makes another seed of any other secret, campaign or pool, and of the same two the other way round', () => {
  const seeds = [
    origin,
    { ...origin, campaignId: 'autumn' },
    { ...origin, poolId: 'more' },
    { ...origin, authorSecret: 'c'.repeat(64) },
    { ...origin, approverSecret: 'c'.repeat(64) },
    { ...origin, authorSecret: origin.approverSecret, approverSecret: origin.authorSecret },
  ].map(seedOf);
  expect(new Set(seeds).size).toBe(seeds.length);
});
