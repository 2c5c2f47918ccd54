import { createSigner, createVerifier } from 'fast-jwt';
import { isId } from '@floodgate/kernel';

/** `operator` may do whatever the console's other roles may: plan-author, plan-approver and sre divide it between people. */
export const ROLES = ['participant', 'operator', 'plan-author', 'plan-approver', 'sre'] as const;
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
const VERDICT_TTL_MS = 5 * 60_000;
const VERDICTS_MAX = 10_000;

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
  return verifierOf(secret).verify(token);
}

/** The token in an `authorization: Bearer` header. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return authorization?.startsWith('Bearer ') === true ? authorization.slice('Bearer '.length) : undefined;
}

interface Verdict {
  readonly identity: Identity;
  /** Milliseconds since 1970 UTC. */
  readonly untilMs: number;
}

/**
 * Verifies against one secret and remembers the good verdicts by the whole token. fast-jwt can remember too, but hashes every
 * token for it: with first-time users, which is what a moment is made of, that doubled the cost of a verification.
 */
class Verifier {
  private readonly decide: (token: string) => unknown;
  // Two generations: what is asked for moves to the young one, and the old one is dropped whole.
  private young = new Map<string, Verdict>();
  private old = new Map<string, Verdict>();

  constructor(secret: string) {
    this.decide = createVerifier<string>({
      key: secret,
      algorithms: [ALGORITHM],
      allowedIss: ISSUER,
      allowedAud: AUDIENCE,
      checkTyp: TYPE,
      // fast-jwt checks only the claims that are there, so an absent one must be refused here.
      requiredClaims: ['iss', 'aud', 'sub', 'exp'],
      cache: false,
    });
  }

  verify(token: string): Identity | undefined {
    const young = this.young.get(token);
    const known = young ?? this.old.get(token);
    if (known !== undefined && known.untilMs > Date.now()) {
      if (young === undefined) this.remember(token, known);
      return known.identity;
    }
    const claims = this.open(token);
    const identity = toIdentity(claims);
    if (identity !== undefined) this.remember(token, { identity, untilMs: goodUntilMs(claims) });
    return identity;
  }

  private remember(token: string, verdict: Verdict): void {
    if (this.young.size >= VERDICTS_MAX / 2) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(token, verdict);
  }

  private open(token: string): unknown {
    try {
      return this.decide(token);
    } catch (error) {
      if (isTokenError(error)) return undefined;
      throw error;
    }
  }
}

const verifiers = new Map<string, Verifier>();

// A process has one secret, or two while it is rotated.
function verifierOf(secret: string): Verifier {
  const known = verifiers.get(secret);
  if (known) return known;
  const made = new Verifier(secret);
  verifiers.set(secret, made);
  return made;
}

/** `exp` is seconds; fast-jwt has seen to it that it is there and a number. */
function goodUntilMs(claims: unknown): number {
  const { exp } = claims as { readonly exp: number };
  return Math.min(Date.now() + VERDICT_TTL_MS, exp * 1_000);
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
