import { MAP_VERSION, type ShardId, shardKey } from '@floodgate/domain/inventory';

const SLOTS = 16_384;
/** A tag's slot lies this close to the middle of its slice, as a share of the slice: even slices then make even counts. */
const OFF_CENTRE_MAX = 1 / 8;

/**
 * The hash tag of a shard's keys: everything about the shard lies in one slot of a Redis Cluster, and the slots of a pool's
 * shards are spread evenly, so that masters which share the slots evenly hold the same number of shards, give or take one.
 * The tag of shard i of n ends in the first number that puts it into the middle of the i-th of n equal slices.
 */
export function hashTag(shard: ShardId, shards: number): string {
  if (shard.shardNo >= shards) throw new RangeError(`shard ${shard.shardNo} of ${shards}`);
  const sliceSlots = SLOTS / shards;
  const centre = (shard.shardNo + 0.5) * sliceSlots;
  const offMax = Math.max(1, sliceSlots * OFF_CENTRE_MAX);
  const prefix = `v${MAP_VERSION}/${shardKey(shard)}/`;
  const prefixCrc = crc16(prefix);
  for (let suffix = 0; ; suffix++) {
    let crc = prefixCrc;
    const digits = String(suffix);
    for (let i = 0; i < digits.length; i++) crc = nextCrc(crc, digits.charCodeAt(i));
    const slot = crc % SLOTS;
    if (Math.abs(slot - centre) <= offMax) return `${prefix}${suffix}`;
  }
}

/** The slot of a key or hash tag, as Redis computes it. */
export function slotOf(text: string): number {
  return crc16(text) % SLOTS;
}

/** CRC-16/XMODEM of a text's bytes. */
function crc16(text: string): number {
  return Buffer.from(text).reduce(nextCrc, 0);
}

function nextCrc(crc: number, byte: number): number {
  let next = crc ^ (byte << 8);
  for (let bit = 0; bit < 8; bit++) next = next & 0x8000 ? (next << 1) ^ 0x1021 : next << 1;
  return next & 0xffff;
}
