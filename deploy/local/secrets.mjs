/**
 * Development secrets: one random value a profile, made once; every password and key is derived from it by name,
 * so that a new name needs no change to a file that already exists.
 */
import { createHmac, createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

function rootSecret(directory) {
  const file = join(directory, 'secrets.json');
  for (;;) {
    try {
      return JSON.parse(readFileSync(file, 'utf8')).root;
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    mkdirSync(directory, { recursive: true });
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify({ root: randomBytes(32).toString('hex') })}\n`, { mode: 0o600 });
    try {
      // Unlike a rename this fails when another process was first, and then its secret is the one.
      linkSync(draft, file);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    } finally {
      unlinkSync(draft);
    }
  }
}

/** The secret of that name: 64 hexadecimal digits, the same for ever in that folder. */
export function secretOf(directory, name) {
  return createHmac('sha256', rootSecret(directory)).update(name).digest('hex');
}

// What stands before the 32 bytes of an Ed25519 key in PKCS #8.
const PKCS8_HEAD = '302e020100300506032b657004220420';

/** The Ed25519 key of that name and its public key, 32 bytes each, base64url; the same for ever in that folder. */
export function keyPairOf(directory, name) {
  const seed = secretOf(directory, name);
  const privateKey = createPrivateKey({ key: Buffer.from(PKCS8_HEAD + seed, 'hex'), format: 'der', type: 'pkcs8' });
  return {
    signingKey: Buffer.from(seed, 'hex').toString('base64url'),
    publicKey: createPublicKey(privateKey).export({ format: 'jwk' }).x,
  };
}
