import {
  type GrantedPacket,
  PacketCutter,
  packetCommitment,
  PACKETS_VERSION,
  type PacketTerms,
} from '@floodgate/domain/packets';
import { type RevealedPackets, secretCommitment, seedOf } from '@floodgate/domain/packets';
import { fen, sha256Hex } from '@floodgate/kernel';
import { type PublicData } from '../src';

const id = { campaignId: 'spring', poolId: 'cash' };
const secrets = { authorSecret: sha256Hex('author'), approverSecret: sha256Hex('approver') };
const seed = seedOf({ ...id, ...secrets });

/** Public data as a platform that does everything right publishes them, with about a third of the units granted. */
export function sampleData(terms: PacketTerms, stock: number): PublicData {
  const cutter = new PacketCutter(terms, stock, seed);
  const granted: GrantedPacket[] = [];
  for (let unitNo = 0; unitNo < stock; unitNo += 1 + (unitNo % 4)) {
    granted.push({ unitNo, amountFen: cutter.amountOf(unitNo), withdrawn: unitNo % 5 === 4 });
  }
  const pool: RevealedPackets = {
    version: PACKETS_VERSION,
    ...id,
    stock,
    mode: terms.mode.toUpperCase() as RevealedPackets['mode'],
    totalFen: terms.totalFen,
    minFen: terms.minFen,
    maxFen: terms.maxFen,
    levels: terms.levels ?? [],
    t0Ms: 1_764_090_000_000,
    authorCommitment: secretCommitment(secrets.authorSecret),
    approverCommitment: secretCommitment(secrets.approverSecret),
    commitment: packetCommitment({ ...id, stock, terms, seed }),
    committedAtMs: 1_764_089_000_000,
    ...secrets,
    seed,
    granted: granted.length,
  };
  return { pool, granted };
}

const noBounds = { minFen: fen(0), maxFen: fen(0) } as const;

/** One of each mode, and the sizes that are easiest to get wrong. */
export const SAMPLES: readonly [string, PublicData][] = [
  ['random', sampleData({ mode: 'random', totalFen: fen(88_800), minFen: fen(1), maxFen: fen(4_000) }, 100)],
  ['random, tight', sampleData({ mode: 'random', totalFen: fen(30_030), minFen: fen(90), maxFen: fen(101) }, 301)],
  ['random, one unit', sampleData({ mode: 'random', totalFen: fen(7), minFen: fen(1), maxFen: fen(9) }, 1)],
  [
    'random, rich',
    sampleData({ mode: 'random', totalFen: fen(9_999_999_999_999), minFen: fen(1), maxFen: fen(10 ** 13) }, 7),
  ],
  ['random, many', sampleData({ mode: 'random', totalFen: fen(1_776_003), minFen: fen(2), maxFen: fen(9_999) }, 2_000)],
  ['equal', sampleData({ mode: 'equal', totalFen: fen(1_234), ...noBounds }, 97)],
  [
    'levels',
    sampleData(
      {
        mode: 'levels',
        totalFen: fen(10_900),
        ...noBounds,
        levels: [
          { amountFen: fen(10_000), count: 1 },
          { amountFen: fen(10), count: 90 },
        ],
      },
      91,
    ),
  ],
];
