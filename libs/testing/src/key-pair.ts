import {
  createPrivateKey,
  createPublicKey,
  type ED25519KeyPairOptions,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const PEM: ED25519KeyPairOptions<'pem', 'pem'> = {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
};

/**
 * A new pair whose keys may be exported. Those of generateKeyPairSync itself may not: when the garbage collector meets the job that made a key while
 * that key is exported as JWK, Node 20 waits for itself for ever. So they go through PEM.
 */
export function makeKeyPair(kind: 'ed25519' | 'P-256' | 'rsa', rsaBits = 2_048): KeyPair {
  const { publicKey, privateKey } = pemOf(kind, rsaBits);
  return { publicKey: createPublicKey(publicKey), privateKey: createPrivateKey(privateKey) };
}

function pemOf(kind: 'ed25519' | 'P-256' | 'rsa', rsaBits: number): { publicKey: string; privateKey: string } {
  if (kind === 'rsa') return generateKeyPairSync('rsa', { modulusLength: rsaBits, ...PEM });
  if (kind === 'P-256') return generateKeyPairSync('ec', { namedCurve: 'P-256', ...PEM });
  return generateKeyPairSync('ed25519', PEM);
}
