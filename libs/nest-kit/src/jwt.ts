import { createSigner, createVerifier } from 'fast-jwt';
import { isId } from '@floodgate/kernel';

export const ROLES = ['participant', 'operator'] as const;
export type Role = (typeof ROLES)[number];

/** Who is asking, after the signature, issuer, audience, type and expiry held. */
export interface Identity {
  readonly userId: string;
  readonly roles: readonly Role[];
}

export interface SignJwtOptions {
  /** Ids of users are as isId says. */
  readonly userId: string;
  readonly roles: readonly Role[];
  readonly ttlMs: number;
}

const ALGORITHM = 'HS256';
const ISSUER = 'floodgate';
const AUDIENCE = 'floodgate-api';
// RFC 9068: an access token, so that no other kind of token with the same key passes for one.
const TYPE = 'at+jwt';
const CACHE_TTL_MS = 5 * 60_000;
const CACHE_SIZE = 10_000;

/** An access token: HS256, `sub` is the user, `roles` what they may do. */
export function signJwt({ userId, roles, ttlMs }: SignJwtOptions, secret: string): string {
  const sign = createSigner({
    key: secret,
    algorithm: ALGORITHM,
    header: { alg: ALGORITHM, typ: TYPE },
    iss: ISSUER,
    aud: AUDIENCE,
    sub: userId,
    expiresIn: ttlMs,
  });
  return sign({ roles: [...roles] });
}

/**
 * The identity when the token was signed with `secret` by signJwt's rules and has not expired; undefined otherwise. A good
 * verdict is kept for up to 5 minutes, never past the token's expiry.
 */
export function verifyJwt(token: string, secret: string): Identity | undefined {
  try {
    return toIdentity(verifierOf(secret)(token));
  } catch (error) {
    if (isTokenError(error)) return undefined;
    throw error;
  }
}

/** The token in an `authorization: Bearer` header. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return authorization?.startsWith('Bearer ') === true ? authorization.slice('Bearer '.length) : undefined;
}

type Verifier = (token: string) => unknown;

const verifiers = new Map<string, Verifier>();

// One a secret, because each holds its own cache of verdicts; a process has one secret, or two while it is rotated.
function verifierOf(secret: string): Verifier {
  const known = verifiers.get(secret);
  if (known) return known;
  const made: Verifier = createVerifier<string>({
    key: secret,
    algorithms: [ALGORITHM],
    allowedIss: ISSUER,
    allowedAud: AUDIENCE,
    checkTyp: TYPE,
    // fast-jwt checks only the claims that are there, so an absent one must be refused here.
    requiredClaims: ['iss', 'aud', 'sub', 'exp'],
    cache: CACHE_SIZE,
    cacheTTL: CACHE_TTL_MS,
  });
  verifiers.set(secret, made);
  return made;
}

function toIdentity(claims: unknown): Identity | undefined {
  if (typeof claims !== 'object' || claims === null) return undefined;
  if (!('sub' in claims) || typeof claims.sub !== 'string' || !isId(claims.sub)) return undefined;
  if (!('roles' in claims) || !Array.isArray(claims.roles)) return undefined;
  const given: readonly unknown[] = claims.roles;
  return { userId: claims.sub, roles: ROLES.filter((role) => given.includes(role)) };
}

// By code, not by class: the class would be another one if two copies of the package were loaded.
function isTokenError(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('FAST_JWT_')
  );
}
