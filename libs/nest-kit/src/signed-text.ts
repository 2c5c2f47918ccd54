import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { signableText, type SignedPurpose } from '@floodgate/domain/degradation-plan';

/** The Ed25519 signature, base64url. `key` is the signing key's seed, base64url. Throws when it is none. */
export function signText(purpose: SignedPurpose, text: string, key: string): string {
  return sign(null, Buffer.from(signableText(purpose, text)), privateKeyOf(key)).toString('base64url');
}

/** True when one of these public keys signed exactly this text for this purpose. Throws when a key is none; never for a wrong signature. */
export function isSigned(purpose: SignedPurpose, text: string, signature: string, keys: readonly string[]): boolean {
  const bytes = Buffer.from(signableText(purpose, text));
  const given = Buffer.from(signature, 'base64url');
  return keys.some((x) => {
    const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
    return verify(null, bytes, key, given);
  });
}

/** The public key that belongs to a signing key, base64url. */
export function publicKeyOf(key: string): string {
  const { x } = createPublicKey(privateKeyOf(key)).export({ format: 'jwk' });
  if (x === undefined) throw new TypeError('not an Ed25519 key');
  return x;
}

/** A new pair, base64url. */
export function newKeyPair(): { readonly signingKey: string; readonly publicKey: string } {
  const signingKey = randomBytes(32).toString('base64url');
  return { signingKey, publicKey: publicKeyOf(signingKey) };
}

/** What stands before the seed in a PKCS #8 Ed25519 key: it has no other part that varies. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

function privateKeyOf(seed: string): KeyObject {
  const key = Buffer.concat([PKCS8_HEAD, Buffer.from(seed, 'base64url')]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}
