import { isId } from '@floodgate/kernel';
import { createVerifier } from 'fast-jwt';
import { LRUCache } from 'lru-cache';
import { ROLES } from '../jwt';
import { type JwksKeys, type PublishedKey } from './jwks-keys';
import { type TokenIdentity } from './token-identity';

export interface JwksIdentitiesOptions {
  readonly issuer: string;
  readonly audience: string;
  /** What the token's header `typ` must say. */
  readonly type: string;
}

const VERDICT_TTL_MS = 5 * 60_000;
const VERDICTS_MAX = 50_000;
/** The issuer's clock and this one differ by a little. */
const CLOCK_TOLERANCE_MS = 5_000;

interface Verdict {
  readonly identity: TokenIdentity;
  /** Milliseconds since 1970 UTC. */
  readonly untilMs: number;
}

type Verify = (token: string) => unknown;

/**
 * Tokens of the integrator's own login: `sub` is the user, an id as isId says; `roles`, where it is there, what they may do. A good verdict is kept for up
 * to 5 minutes, never past the token's expiry.
 */
export class JwksIdentities {
  private readonly verdicts = new LRUCache<string, Verdict>({ max: VERDICTS_MAX });
  private readonly verifiers = new WeakMap<PublishedKey, Verify>();

  constructor(
    private readonly keys: Pick<JwksKeys, 'find'>,
    private readonly options: JwksIdentitiesOptions,
  ) {}

  /** The identity of a token that was found good a short while ago. */
  known(token: string): TokenIdentity | undefined {
    const verdict = this.verdicts.get(token);
    return verdict !== undefined && verdict.untilMs > Date.now() ? verdict.identity : undefined;
  }

  /** The identity when the key that the token names has signed it, for us, and it has not expired. */
  verify(token: string, keyId: string): TokenIdentity | 'later' | undefined {
    const key = this.keys.find(keyId);
    if (key === undefined || key === 'later') return key;
    const claims = open(token, this.verifierOf(key));
    const identity = toIdentity(claims);
    if (identity === undefined) return undefined;
    const { exp } = claims as { readonly exp: number };
    this.verdicts.set(token, { identity, untilMs: Math.min(Date.now() + VERDICT_TTL_MS, exp * 1_000) });
    return identity;
  }

  private verifierOf(key: PublishedKey): Verify {
    const known = this.verifiers.get(key);
    if (known) return known;
    const { issuer, audience, type } = this.options;
    const made = createVerifier<string>({
      key: key.publicKey,
      algorithms: [key.algorithm],
      allowedIss: issuer,
      allowedAud: audience,
      checkTyp: type,
      requiredClaims: ['iss', 'aud', 'sub', 'exp'],
      clockTolerance: CLOCK_TOLERANCE_MS,
      cache: false,
    });
    this.verifiers.set(key, made);
    return made;
  }
}

function open(token: string, verify: Verify): unknown {
  try {
    return verify(token);
  } catch (error) {
    const isOfToken = error instanceof Error && 'code' in error && String(error.code).startsWith('FAST_JWT_');
    if (isOfToken) return undefined;
    throw error;
  }
}

function toIdentity(claims: unknown): TokenIdentity | undefined {
  if (typeof claims !== 'object' || claims === null) return undefined;
  const { sub, jti, roles } = claims as { sub?: unknown; jti?: unknown; roles?: unknown };
  if (typeof sub !== 'string' || !isId(sub)) return undefined;
  const given: readonly unknown[] = Array.isArray(roles) ? roles : ['participant'];
  return {
    userId: sub,
    roles: ROLES.filter((role) => given.includes(role)),
    ...(typeof jti === 'string' && { tokenId: jti }),
  };
}
