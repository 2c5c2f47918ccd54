/**
 * MurmurHash3 (x86, 32 bit) of the string's UTF-16 code units. Not for secrets: it spreads users over shards and windows,
 * and must give the same number on every machine and in the client.
 */
export function hash32(text: string, seed = 0): number {
  let h = seed >>> 0;
  const length = text.length;
  let i = 0;
  for (; i + 1 < length; i += 2) {
    h ^= scramble((text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16)) >>> 0);
    h = Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64;
  }
  if (i < length) h ^= scramble(text.charCodeAt(i));
  return finish(h ^ (length * 2));
}

/** A stable number in [0, 1) for a text: users whose number is below a share are dropped, or let in first. */
export function hashShare(text: string, seed = 0): number {
  return hash32(text, seed) / 2 ** 32;
}

function scramble(k: number): number {
  const mixed = Math.imul(k, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}

function finish(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
