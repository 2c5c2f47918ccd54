import { parseJsonObject } from '../json';
import { type Identity, verifyJwt } from '../jwt';
import { type JwksIdentities } from './jwks-identities';
import { type Revocations } from './revocations';
import { type TokenIdentity } from './token-identity';

/**
 * Who a token is from: an identity; undefined when it is good for nothing; `later` when that cannot be said yet, because the key it names is still to be
 * fetched.
 */
export type Recognised = Identity | 'later' | undefined;

export interface IdentitiesOptions {
  /** For tokens of nest-kit's signJwt; undefined where these are not taken. */
  readonly jwtSecret: string | undefined;
  /** The integrator's own login; undefined where there is none. */
  readonly jwks: JwksIdentities | undefined;
  readonly revocations: Revocations;
}

/** When to come back while a key is still to be fetched. */
export const KEY_POLL_AFTER_MS = 5_000;

const OWN_ALGORITHM = 'HS256';

/** Recognises the users of requests, out of memory: the tokens of development, and those of the integrator's own login. */
export class Identities {
  constructor(private readonly options: IdentitiesOptions) {}

  recognise(token: string): Recognised {
    const { revocations } = this.options;
    const recognised = this.verify(token);
    if (recognised === undefined || recognised === 'later') return recognised;
    return revocations.isRevoked(recognised) ? undefined : recognised;
  }

  private verify(token: string): TokenIdentity | 'later' | undefined {
    const { jwtSecret, jwks } = this.options;
    if (jwks === undefined) return jwtSecret === undefined ? undefined : verifyJwt(token, jwtSecret);
    const known = jwks.known(token);
    if (known !== undefined) return known;
    const head = headOf(token);
    if (head === undefined) return undefined;
    // The algorithm only chooses who is asked; each verifier takes its own alone.
    if (head.alg === OWN_ALGORITHM) return jwtSecret === undefined ? undefined : verifyJwt(token, jwtSecret);
    return head.kid === undefined ? undefined : jwks.verify(token, head.kid);
  }
}

const HEAD_LENGTH_MAX = 1_000;

/** What a token says of itself, before anything is verified. */
function headOf(token: string): { readonly alg: unknown; readonly kid: string | undefined } | undefined {
  const end = token.indexOf('.');
  if (end < 1 || end > HEAD_LENGTH_MAX) return undefined;
  const head = parseJsonObject(Buffer.from(token.slice(0, end), 'base64url').toString());
  if (head === undefined) return undefined;
  const { alg, kid } = head;
  return { alg, kid: typeof kid === 'string' ? kid : undefined };
}
