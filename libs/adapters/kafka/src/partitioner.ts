import { type ICustomPartitioner } from 'kafkajs';

const SEED = 0x9747b28c;
const MIX = 0x5bd1e995;

/** The 32-bit murmur2 of Kafka's own clients, as a signed number. */
export function murmur2(data: Buffer): number {
  const { length } = data;
  let hash = SEED ^ length;
  const end = length - (length % 4);
  for (let at = 0; at < end; at += 4) {
    let word = Math.imul(data.readInt32LE(at), MIX);
    word = Math.imul(word ^ (word >>> 24), MIX);
    hash = Math.imul(hash, MIX) ^ word;
  }
  if (end < length) hash = Math.imul(hash ^ data.readUIntLE(end, length - end), MIX);
  hash = Math.imul(hash ^ (hash >>> 13), MIX);
  return hash ^ (hash >>> 15);
}

/**
 * The partition that the message names, or where every Kafka client sends its key. kafkajs's own does so too, but multiplies 64-bit numbers made of two, which
 * took a fifth of what publishing costs.
 */
export const keyPartitioner: ICustomPartitioner =
  () =>
  ({ message: { key, partition }, partitionMetadata }) =>
    partition ?? (murmur2(Buffer.isBuffer(key) ? key : Buffer.from(key ?? '')) & 0x7fffffff) % partitionMetadata.length;
