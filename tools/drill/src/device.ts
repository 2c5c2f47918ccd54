import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SolveChallenge } from '@floodgate/client';

/** Of a phone's browser, at the 256th of production's work that drills ask for: 32,000 of production's. */
const ATTEMPTS_PER_SECOND = 125;
const COUNTER_BYTES = 4;

interface Challenge {
  readonly parameters: {
    readonly nonce: string;
    readonly salt: string;
    readonly cost: number;
    readonly keyLength: number;
    readonly keyPrefix: string;
  };
}

/**
 * Finds a challenge's solution at once, and gives it when a device of its own would have: one processor stands for hundreds of phones here. How many
 * attempts it takes is as lucky as it really is.
 */
export const solveAsADevice: SolveChallenge = async (challenge) => {
  const { parameters } = challenge as Challenge;
  const nonce = Buffer.from(parameters.nonce, 'hex');
  const salt = Buffer.from(parameters.salt, 'hex');
  const password = Buffer.concat([nonce, Buffer.alloc(COUNTER_BYTES)]);
  for (let counter = 0; ; counter += 1) {
    password.writeUInt32BE(counter, nonce.length);
    const derivedKey = keyOf(salt, password, parameters);
    if (!derivedKey.startsWith(parameters.keyPrefix)) continue;
    const tookMs = ((counter + 1) / ATTEMPTS_PER_SECOND) * 1_000;
    await sleep(tookMs);
    const solution = { counter, derivedKey, time: Math.round(tookMs) };
    return Buffer.from(JSON.stringify({ challenge, solution })).toString('base64');
  }
};

function keyOf(salt: Buffer, password: Buffer, { cost, keyLength }: Challenge['parameters']): string {
  let key = Buffer.concat([salt, password]);
  for (let round = 0; round < Math.max(1, cost); round += 1) key = createHash('sha256').update(key).digest();
  return key.subarray(0, keyLength).toString('hex');
}
