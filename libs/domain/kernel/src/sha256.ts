/**
 * SHA-256 (FIPS 180-4). Written here because the domain imports no package and no Node module, and because a browser's own is
 * asynchronous: amounts of packets are computed from it, by servers and by whoever checks them.
 */

const BLOCK_BYTES = 64;

/** 64 lower-case hex digits: the digest of the text's UTF-8 bytes. */
export function sha256Hex(text: string): string {
  const bytes = utf8(text);
  const state = INITIAL.slice();
  const whole = bytes.length - (bytes.length % BLOCK_BYTES);
  for (let at = 0; at < whole; at += BLOCK_BYTES) compress(state, bytes, at);
  finish(state, bytes.subarray(whole), bytes.length);
  return hexOf(state);
}

/** A whole number below 2^52: the first 13 hex digits of a digest. */
export type Draw = (label: string) => number;

/**
 * Numbers that nobody can tell without the key: `draw(label)` is made of the first 52 bits of SHA-256(key + label). A key of
 * 64 bytes, as 64 hex digits are, fills one block, which is then hashed once and not for every label. Both are ASCII; the key is
 * a multiple of 64 characters and a label has at most 55 (RangeError).
 */
export function keyedDraws(key: string): Draw {
  if (key.length === 0 || key.length % BLOCK_BYTES !== 0) throw new RangeError('the key must fill blocks of 64 bytes');
  const keyed = INITIAL.slice();
  const keyBytes = ascii(key);
  for (let at = 0; at < keyBytes.length; at += BLOCK_BYTES) compress(keyed, keyBytes, at);
  const state = new Int32Array(8);
  const block = new Uint8Array(BLOCK_BYTES);
  return (label) => {
    if (label.length > BLOCK_BYTES - 9) throw new RangeError(`a label of ${label.length} characters is too long`);
    state.set(keyed);
    block.fill(0);
    for (let i = 0; i < label.length; i++) block[i] = label.charCodeAt(i);
    block[label.length] = 0x80;
    writeLength(block, key.length + label.length);
    compress(state, block, 0);
    return word(state, 0) * 2 ** 20 + (word(state, 1) >>> 12);
  };
}

/** The last one or two blocks: the rest of the message, a one bit, zeros, and the length in bits. */
function finish(state: Int32Array, rest: Uint8Array, length: number): void {
  const padded = new Uint8Array(rest.length + 9 > BLOCK_BYTES ? 2 * BLOCK_BYTES : BLOCK_BYTES);
  padded.set(rest);
  padded[rest.length] = 0x80;
  writeLength(padded, length);
  for (let at = 0; at < padded.length; at += BLOCK_BYTES) compress(state, padded, at);
}

function writeLength(block: Uint8Array, bytes: number): void {
  let bits = bytes * 8;
  for (let at = block.length - 1; bits > 0; at--) {
    block[at] = bits % 256;
    bits = Math.floor(bits / 256);
  }
}

function hexOf(state: Int32Array): string {
  return Array.from(state, (value) => (value >>> 0).toString(16).padStart(8, '0')).join('');
}

function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) throw new RangeError('only ASCII is taken here');
    bytes[i] = code;
  }
  return bytes;
}

/** The UTF-8 bytes of a text; a lone half of a surrogate pair becomes U+FFFD, as TextEncoder has it. */
function utf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    pushUtf8(bytes, point >= 0xd800 && point <= 0xdfff ? 0xfffd : point);
  }
  return Uint8Array.from(bytes);
}

function pushUtf8(bytes: number[], point: number): void {
  if (point < 0x80) bytes.push(point);
  else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 0x3f));
  else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
  else
    bytes.push(
      0xf0 | (point >> 18),
      0x80 | ((point >> 12) & 0x3f),
      0x80 | ((point >> 6) & 0x3f),
      0x80 | (point & 0x3f),
    );
}

const word = (words: Int32Array, index: number): number => (words[index] ?? 0) >>> 0;

// Square and cube roots of the first primes: their fractions' first 32 bits, as the standard lists them.
const INITIAL = Int32Array.from([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);
// prettier-ignore
const K = Int32Array.from([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

// Used within one call of compress and by nobody else; a new one each time would be the dearest part of it.
const schedule = new Int32Array(64);

/** Works the 64 bytes from `at` on into the state. Every index is a constant or below a loop's constant bound, hence the `!`. */
function compress(state: Int32Array, bytes: Uint8Array, at: number): void {
  const w = schedule;
  for (let i = 0; i < 16; i++) {
    const from = at + 4 * i;
    w[i] = (bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!;
  }
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!;
    const y = w[i - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0;
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i]! + w[i]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}
