import { packetCommitment, type PacketTerms, seedOf } from '@floodgate/domain/packets';
import { fen } from '@floodgate/kernel';
import {
  type Campaign,
  type CampaignSpec,
  type FixedPackets,
  type PacketSpec,
  type PoolSeal,
  type PoolSpec,
} from './campaign';

interface BothSecrets {
  readonly authorSecret: string;
  readonly approverSecret: string;
}

/** Makes the seed of each pool with packets, and fixes what is known of them at publishing. */
export function sealPools({ campaignId, pools }: CampaignSpec, secrets: BothSecrets): PoolSeal[] {
  return pools.flatMap((pool): PoolSeal[] => {
    const { poolId, packets, stock, sharePerQualified } = pool;
    if (packets === undefined) return [];
    const seed = seedOf({ campaignId, poolId, ...secrets });
    const fixed = sharePerQualified ? undefined : fixPackets({ campaignId, pool, packets, seed }, stock);
    return [{ poolId, ...secrets, seed, fixed }];
  });
}

interface SeededPool {
  readonly campaignId: string;
  readonly pool: PoolSpec;
  readonly packets: PacketSpec;
  readonly seed: string;
}

/** The pool of one share for everyone qualified, now that they are counted. */
export function fixShares(campaign: Campaign, pool: PoolSpec, qualified: number): PoolSeal {
  const { poolId, packets } = pool;
  const seal = campaign.seals.find((one) => one.poolId === poolId);
  if (seal === undefined || packets === undefined) throw new Error(`pool ${poolId} was published without a seed`);
  const seeded = { campaignId: campaign.campaignId, pool, packets, seed: seal.seed };
  return { ...seal, fixed: qualified === 0 ? NOTHING : fixPackets(seeded, qualified) };
}

const NOTHING: FixedPackets = { stock: 0, totalFen: 0, commitment: '' };

/** Commits to the amounts of so many packets. What is more than maxFen for each of them is left in the pool. */
function fixPackets({ campaignId, pool, packets, seed }: SeededPool, stock: number): FixedPackets {
  const totalFen = packets.maxFen === 0 ? packets.totalFen : Math.min(packets.totalFen, packets.maxFen * stock);
  const terms: PacketTerms = {
    mode: MODES[packets.mode],
    totalFen: fen(totalFen),
    minFen: fen(packets.minFen),
    maxFen: fen(packets.maxFen),
    levels: packets.levels.map(({ amountFen, count }) => ({ amountFen: fen(amountFen), count })),
  };
  return { stock, totalFen, commitment: packetCommitment({ campaignId, poolId: pool.poolId, stock, terms, seed }) };
}

const MODES = { EQUAL: 'equal', RANDOM: 'random', LEVELS: 'levels' } as const;
