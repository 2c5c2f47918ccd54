import { webcrypto } from 'node:crypto';
import { signableText } from '@floodgate/domain/degradation-plan';
import { z } from 'zod';
import { parseConfig } from './config';
import { publicKeys, signingKey } from './policy-keys';
import { isSigned, newKeyPair, publicKeyOf, signText } from './signed-text';

const pair = newKeyPair();
const other = newKeyPair();
const text = '{"plan":"预案"}';

describe('signed text', () => {
  const signature = signText('plan-snapshot.v1', text, pair.signingKey);

  it('is believed with one of the public keys, whichever of them signed', () => {
    expect(publicKeyOf(pair.signingKey)).toBe(pair.publicKey);
    expect(isSigned('plan-snapshot.v1', text, signature, [pair.publicKey])).toBe(true);
    expect(isSigned('plan-snapshot.v1', text, signature, [other.publicKey, pair.publicKey])).toBe(true);
  });

  it.each([
    ['another key', text, signature, [other.publicKey]],
    ['no key', text, signature, []],
    ['another text', `${text} `, signature, [pair.publicKey]],
    ['a cut signature', text, signature.slice(0, -4), [pair.publicKey]],
    ['no signature', text, '', [pair.publicKey]],
  ])('is not believed with %s', (_, given, signed, keys) => {
    expect(isSigned('plan-snapshot.v1', given, signed, keys)).toBe(false);
  });

  it('is worth nothing for another purpose', () => {
    expect(isSigned('policy-file.v1', text, signature, [pair.publicKey])).toBe(false);
    expect(isSigned('policy-file.v1', `plan-snapshot.v1\n${text}`, signature, [pair.publicKey])).toBe(false);
  });

  it('is verified by a browser with the raw public key', async () => {
    const { subtle } = webcrypto;
    const key = await subtle.importKey('raw', Buffer.from(pair.publicKey, 'base64url'), { name: 'Ed25519' }, false, [
      'verify',
    ]);
    const verified = (signed: string) =>
      subtle.verify(
        { name: 'Ed25519' },
        key,
        Buffer.from(signature, 'base64url'),
        new TextEncoder().encode(signableText('plan-snapshot.v1', signed)),
      );
    expect(await verified(text)).toBe(true);
    expect(await verified(`${text} `)).toBe(false);
  });

  it('has keys that a configuration names', () => {
    const schema = z.object({ SIGN: signingKey, KEYS: publicKeys });
    const KEYS = `${pair.publicKey},${other.publicKey}`;
    expect(parseConfig(schema, { SIGN: pair.signingKey, KEYS })).toEqual({
      SIGN: pair.signingKey,
      KEYS: [pair.publicKey, other.publicKey],
    });
    expect(() => parseConfig(schema, { SIGN: 'short', KEYS })).toThrow('SIGN: must be 32 bytes as base64url');
    expect(() => parseConfig(schema, { SIGN: pair.signingKey, KEYS: `${KEYS},` })).toThrow('KEYS');
  });
});
