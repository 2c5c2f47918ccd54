import { type Logger } from 'pino';
import { ConfigError } from '../config';
import { type Lifecycle } from '../lifecycle';
import { type Metrics } from '../metrics';
import { Identities } from './identities';
import { JwksIdentities } from './jwks-identities';
import { JwksKeys } from './jwks-keys';
import { type Revocations } from './revocations';

const FIRST_KEYS_WAIT_MS = 3_000;

/** As identityShape reads it. */
export interface IdentityConfig {
  readonly PROFILE: 'development' | 'production';
  readonly JWT_SECRET: string;
  readonly IDENTITY_JWKS_URL?: string | undefined;
  readonly IDENTITY_ISSUER?: string | undefined;
  readonly IDENTITY_AUDIENCE?: string | undefined;
  readonly IDENTITY_TYPE: string;
  readonly IDENTITY_REFRESH_EVERY_MS: number;
}

export interface IdentityParts {
  readonly revocations: Revocations;
  readonly log: Logger;
  readonly lifecycle: Lifecycle;
  readonly metrics: Metrics;
}

/**
 * Who may ask, the same for every service: with a JWKS endpoint the integrator's tokens are taken, and those of signJwt in development only; without one those
 * of signJwt alone. Waits for the endpoint for a few seconds at most. Throws ConfigError when it is not said whose tokens, or for whom, are good.
 */
export async function startIdentities(config: IdentityConfig, parts: IdentityParts): Promise<Identities> {
  const { IDENTITY_JWKS_URL: url, IDENTITY_ISSUER: issuer, IDENTITY_AUDIENCE: audience, JWT_SECRET } = config;
  const { revocations, log, lifecycle, metrics } = parts;
  if (url === undefined) return new Identities({ jwtSecret: JWT_SECRET, jwks: undefined, revocations });
  if (issuer === undefined || audience === undefined) {
    throw new ConfigError('configuration: IDENTITY_JWKS_URL needs IDENTITY_ISSUER and IDENTITY_AUDIENCE');
  }
  const fetches = metrics.counter('jwks_fetches_total', "Readings of the login's keys.", ['outcome']);
  const refreshEveryMs = config.IDENTITY_REFRESH_EVERY_MS;
  const keys = new JwksKeys({ url, refreshEveryMs, log, onFetched: (outcome) => fetches.inc({ outcome }) });
  await keys.start(FIRST_KEYS_WAIT_MS);
  lifecycle.onStop(() => keys.stop());
  const jwks = new JwksIdentities(keys, { issuer, audience, type: config.IDENTITY_TYPE });
  const jwtSecret = config.PROFILE === 'development' ? JWT_SECRET : undefined;
  return new Identities({ jwtSecret, jwks, revocations });
}
