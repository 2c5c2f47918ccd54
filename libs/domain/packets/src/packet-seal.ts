import { sha256Hex } from '@floodgate/kernel';
import { type PacketTerms } from './packet-terms';

/** Names the rules of this library: they stand in every commitment, and other rules get another name. */
export const PACKETS_VERSION = 'floodgate-packets-1';

/** 32 random bytes as 64 lower-case hex digits; a commitment has the same form. */
export const HEX_32_PATTERN = /^[0-9a-f]{64}$/;

/** What one of the two people publishes of a secret while it is still theirs alone. */
export function secretCommitment(secret: string): string {
  return sha256Hex(secret);
}

export interface SeedOrigin {
  readonly campaignId: string;
  readonly poolId: string;
  readonly authorSecret: string;
  readonly approverSecret: string;
}

/** The seed of a pool's packets: whoever holds one secret only can neither choose nor tell it. */
export function seedOf({ campaignId, poolId, authorSecret, approverSecret }: SeedOrigin): string {
  return sha256Hex(['floodgate-seed-1', campaignId, poolId, authorSecret, approverSecret].join('\n'));
}

export interface SealedPool {
  readonly campaignId: string;
  readonly poolId: string;
  readonly stock: number;
  readonly terms: PacketTerms;
  readonly seed: string;
}

/** Fixes every amount of a pool without telling any: published before T0, opened by the seed after closing. */
export function packetCommitment({ campaignId, poolId, stock, terms, seed }: SealedPool): string {
  const { mode, totalFen, minFen, maxFen, levels = [] } = terms;
  const lines = [
    PACKETS_VERSION,
    campaignId,
    poolId,
    stock,
    mode.toUpperCase(),
    totalFen,
    minFen,
    maxFen,
    levels.map(({ amountFen, count }) => `${amountFen}x${count}`).join(','),
    seed,
  ];
  return sha256Hex(lines.join('\n'));
}
