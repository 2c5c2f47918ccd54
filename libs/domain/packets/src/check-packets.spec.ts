import { fen, sha256Hex } from '@floodgate/kernel';
import { checkPackets, type GrantedPacket, type RevealedPackets } from './check-packets';
import { PacketCutter } from './packet-cutter';
import { packetCommitment, PACKETS_VERSION, secretCommitment, seedOf } from './packet-seal';
import { type PacketTerms } from './packet-terms';

const authorSecret = sha256Hex('author');
const approverSecret = sha256Hex('approver');
const id = { campaignId: 'spring', poolId: 'cash' };
const seed = seedOf({ ...id, authorSecret, approverSecret });

function reveal(terms: PacketTerms, stock = 50): { pool: RevealedPackets; granted: GrantedPacket[] } {
  const cutter = new PacketCutter(terms, stock, seed);
  const granted = [3, 7, 20, 49].map((unitNo) => ({
    unitNo,
    amountFen: cutter.amountOf(unitNo),
    withdrawn: unitNo === 7,
  }));
  const pool: RevealedPackets = {
    ...id,
    version: PACKETS_VERSION,
    stock,
    mode: terms.mode.toUpperCase() as RevealedPackets['mode'],
    totalFen: terms.totalFen,
    minFen: terms.minFen,
    maxFen: terms.maxFen,
    levels: terms.levels ?? [],
    t0Ms: 2_000,
    authorCommitment: secretCommitment(authorSecret),
    approverCommitment: secretCommitment(approverSecret),
    commitment: packetCommitment({ ...id, stock, terms, seed }),
    committedAtMs: 1_000,
    authorSecret,
    approverSecret,
    seed,
    granted: granted.length,
  };
  return { pool, granted };
}

const random = { mode: 'random', totalFen: fen(5_000), minFen: fen(10), maxFen: fen(900) } as const;
const levels = [
  { amountFen: fen(510), count: 1 },
  { amountFen: fen(10), count: 49 },
];
const failed = (pool: RevealedPackets, granted: readonly GrantedPacket[]): string[] =>
  checkPackets(pool, granted).flatMap(({ name, ok }) => (ok ? [] : [name]));

it.each<[string, PacketTerms]>([
  ['random', random],
  ['equal', { mode: 'equal', totalFen: fen(5_001), minFen: fen(0), maxFen: fen(0) }],
  ['levels', { mode: 'levels', totalFen: fen(1_000), minFen: fen(0), maxFen: fen(0), levels }],
])('accepts what was done right: %s', (_, terms) => {
  const { pool, granted } = reveal(terms);
  expect(failed(pool, granted)).toEqual([]);
  expect(checkPackets(pool, granted)).toHaveLength(8);
});

const { pool, granted } = reveal(random);
const recommitted = (changes: Partial<RevealedPackets>): RevealedPackets => {
  const other = { ...pool, ...changes };
  const terms = { ...random, totalFen: fen(other.totalFen), minFen: fen(other.minFen), maxFen: fen(other.maxFen) };
  return { ...other, commitment: packetCommitment({ ...id, stock: other.stock, terms, seed: other.seed }) };
};
const [first, ...others] = granted;
if (first === undefined) throw new Error('packets were granted');

it.each<[string, RevealedPackets, readonly GrantedPacket[], string]>([
  ['other rules', { ...pool, version: 'floodgate-packets-2' }, granted, 'rules'],
  ["another author's secret", { ...pool, authorSecret: sha256Hex('x') }, granted, 'author'],
  ["another approver's secret", { ...pool, approverSecret: sha256Hex('x') }, granted, 'approver'],
  ['a seed that is not of both secrets', recommitted({ seed: sha256Hex('chosen') }), granted, 'seed'],
  ['another commitment', { ...pool, commitment: sha256Hex('x') }, granted, 'commitment'],
  ['another stock', { ...pool, stock: 51 }, granted, 'commitment'],
  ['a commitment of T0', { ...pool, committedAtMs: 2_000 }, granted, 'before T0'],
  ['a packet of one fen more', pool, [{ ...first, amountFen: first.amountFen + 1 }, ...others], 'granted'],
  ['a packet left out', pool, others, 'granted'],
  ['a packet listed twice', pool, [first, ...granted], 'granted'],
  ['a packet of no unit', pool, [...granted.slice(0, 3), { ...first, unitNo: 50 }], 'granted'],
])('finds %s', (_, changed, packets, name) => {
  expect(failed(changed, packets)).toContain(name);
});

it('finds terms that were committed to and cannot be', () => {
  expect(failed(recommitted({ minFen: 200, maxFen: 300 }), granted)).toContain('packets');
});
