import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * A short signed statement about a user: `purpose.claims.signature`, claims as base64url JSON, HMAC-SHA256 over
 * `purpose.claims`. Used for qualifications, checkout tokens and passes, so that they are checked without a look-up.
 */
export interface TokenClaims {
  readonly userId: string;
  readonly campaignId: string;
  /** Milliseconds since 1970 UTC; from then on the token is refused. */
  readonly expiresAtMs: number;
}

export type TokenPurpose = 'qualification' | 'checkout' | 'pass' | 'room-ticket' | 'room-state' | 'challenge';

export function signToken<C extends TokenClaims>(purpose: TokenPurpose, claims: C, key: string): string {
  const body = `${purpose}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${body}.${signature(body, key).toString('base64url')}`;
}

/** The claims when the signature, purpose and expiry hold; undefined otherwise. Whom they name is for the caller to compare. */
export function verifyToken<C extends TokenClaims>(
  purpose: TokenPurpose,
  token: string,
  key: string,
  nowMs: number,
): C | undefined {
  const end = token.lastIndexOf('.');
  const body = token.slice(0, Math.max(end, 0));
  const given = Buffer.from(token.slice(end + 1), 'base64url');
  const expected = signature(body, key);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  if (!body.startsWith(`${purpose}.`)) return undefined;
  const claims = JSON.parse(Buffer.from(body.slice(purpose.length + 1), 'base64url').toString()) as C;
  return claims.expiresAtMs > nowMs ? claims : undefined;
}

function signature(body: string, key: string): Buffer {
  return createHmac('sha256', key).update(body).digest();
}
