/** What the server sets, in the form of altcha 2. */
interface Challenge {
  readonly parameters: {
    readonly algorithm: string;
    readonly nonce: string;
    readonly salt: string;
    /** Rounds of hashing an attempt takes. */
    readonly cost: number;
    readonly keyLength: number;
    /** What the derived key must begin with, in hexadecimal. */
    readonly keyPrefix: string;
  };
}

/** Solves what GET /campaigns/{campaignId}/challenge gave; the text goes into the header `fg-challenge`. May reject. */
export type SolveChallenge = (challenge: unknown) => Promise<string>;

const HASHES = ['SHA-256', 'SHA-384', 'SHA-512'];
const PBKDF2 = 'PBKDF2/';
const COUNTER_BYTES = 4;
const SOLVED_WITHIN_MS = 60_000;

/**
 * The proof of work: counts up until the key derived from a counter begins as the challenge says. In steps that let others run, on
 * the thread that calls it; a page may bring its own that uses workers. Rejects when the challenge is of a kind it does not know, or takes more than a
 * minute.
 */
export const solveChallenge: SolveChallenge = async (challenge) => {
  const { parameters } = challenge as Challenge;
  const salt = fromHex(parameters.salt);
  const nonce = fromHex(parameters.nonce);
  const password = new Uint8Array(nonce.length + COUNTER_BYTES);
  password.set(nonce);
  const derive = deriver(parameters.algorithm);
  const startedAt = performance.now();
  for (let counter = 0; performance.now() - startedAt < SOLVED_WITHIN_MS; counter += 1) {
    new DataView(password.buffer).setUint32(nonce.length, counter, false);
    const derivedKey = toHex(await derive(salt, password, parameters.cost, parameters.keyLength));
    if (derivedKey.startsWith(parameters.keyPrefix.toLowerCase())) {
      const solution = { counter, derivedKey, time: Math.round(performance.now() - startedAt) };
      return globalThis.btoa(JSON.stringify({ challenge, solution }));
    }
  }
  throw new RangeError('this challenge takes too long');
};

type Bytes = Uint8Array<ArrayBuffer>;
type Derive = (salt: Bytes, password: Bytes, cost: number, keyLength: number) => Promise<Bytes>;

function deriver(algorithm: string): Derive {
  const hash = algorithm.startsWith(PBKDF2) ? algorithm.slice(PBKDF2.length) : algorithm;
  if (!HASHES.includes(hash)) throw new TypeError(`challenges by ${algorithm} need a solver of their own`);
  return hash === algorithm ? hashing(hash) : stretching(hash);
}

function hashing(hash: string): Derive {
  return async (salt, password, cost, keyLength) => {
    let key: Bytes = new Uint8Array([...salt, ...password]);
    for (let round = 0; round < Math.max(1, cost); round += 1) {
      key = new Uint8Array(await globalThis.crypto.subtle.digest(hash, key));
    }
    return key.slice(0, keyLength);
  };
}

function stretching(hash: string): Derive {
  return async (salt, password, iterations, keyLength) => {
    const { subtle } = globalThis.crypto;
    const key = await subtle.importKey('raw', password, { name: 'PBKDF2' }, false, ['deriveBits']);
    return new Uint8Array(await subtle.deriveBits({ name: 'PBKDF2', salt, iterations, hash }, key, keyLength * 8));
  };
}

function fromHex(hex: string): Bytes {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** For the request that the solution is of. */
export function challengeHeader(solution: string | undefined): Readonly<Record<string, string>> {
  return solution === undefined ? {} : { 'fg-challenge': solution };
}
