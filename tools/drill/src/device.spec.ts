import { solveChallenge } from '@floodgate/client';
import { solveAsADevice } from './device';

const CHALLENGE = {
  parameters: { algorithm: 'SHA-256', nonce: 'a1b2c3d4', salt: '0011223344', cost: 2, keyLength: 32, keyPrefix: '0' },
  signature: 'signed',
};

interface Solved {
  readonly challenge: object;
  readonly solution: { readonly counter: number; readonly derivedKey: string };
}

const read = (text: string) => JSON.parse(Buffer.from(text, 'base64').toString()) as Solved;

describe('solveAsADevice', () => {
  it("finds what the client's own solver finds", async () => {
    const ours = read(await solveAsADevice(CHALLENGE));
    const theirs = read(await solveChallenge(CHALLENGE));
    expect(ours.challenge).toEqual(CHALLENGE);
    expect(ours.solution.counter).toBe(theirs.solution.counter);
    expect(ours.solution.derivedKey).toBe(theirs.solution.derivedKey);
  });
});
