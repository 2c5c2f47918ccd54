import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { type Log } from '@floodgate/adapters/kafka';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';

/** The algorithms that are taken, each for one kind of key. */
export type KeyAlgorithm = 'RS256' | 'ES256' | 'EdDSA';

export interface PublishedKey {
  readonly algorithm: KeyAlgorithm;
  /** PEM. */
  readonly publicKey: string;
}

export interface JwksKeysOptions {
  readonly url: string;
  readonly refreshEveryMs: number;
  readonly log: Log;
  readonly onFetched?: (outcome: 'ok' | 'failed') => void;
  /** performance.now(), but for tests. */
  readonly now?: () => number;
}

/** Whoever asks for unknown keys, and however many of them: the endpoint is asked once in so long at most. */
export const FETCH_GAP_MS = 30_000;

const FETCH_TIMEOUT_MS = 5_000;
const BODY_LENGTH_MAX = 256 * 1024;
const RSA_BITS_MIN = 2_048;
const MISSED_MAX = 10_000;

const published = z.object({
  keys: z
    .array(
      z.looseObject({
        kid: z.string().min(1).max(256).optional(),
        kty: z.string(),
        crv: z.string().optional(),
        alg: z.string().optional(),
        use: z.string().optional(),
      }),
    )
    .max(100),
});

/**
 * The keys of the integrator's login, by id. Read at the start, again and again, and when a token names one that is not known; while the endpoint is away,
 * or publishes nothing of use, those that are known stay good.
 */
export class JwksKeys {
  private keys: ReadonlyMap<string, PublishedKey> = new Map();
  private attemptedAt = -Infinity;
  /** When the last fetch began that was answered. */
  private readAt = -Infinity;
  private fetching: Promise<void> | undefined;
  private readonly missedSince = new LRUCache<string, number>({ max: MISSED_MAX });
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: JwksKeysOptions) {}

  /** Reads the keys, waiting for `waitMs` at most, and goes on reading them. */
  async start(waitMs: number): Promise<void> {
    const { refreshEveryMs } = this.options;
    this.timer = setInterval(() => this.refresh(), Math.min(refreshEveryMs, FETCH_GAP_MS));
    this.timer.unref();
    this.refresh();
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([this.fetching, new Promise((resolve) => (timer = setTimeout(resolve, waitMs)))]);
    clearTimeout(timer);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /**
   * The key; `later` while it may be one that has been published since the keys were last read; undefined when it was looked for and is not there.
   */
  find(keyId: string): PublishedKey | 'later' | undefined {
    const key = this.keys.get(keyId);
    if (key !== undefined) return key;
    const now = this.now();
    this.fetchUnlessJustDone(now);
    const missedSince = this.missedSince.get(keyId);
    if (missedSince === undefined) this.missedSince.set(keyId, now);
    return missedSince !== undefined && this.readAt > missedSince ? undefined : 'later';
  }

  get size(): number {
    return this.keys.size;
  }

  /** Resolves when no fetch is under way. */
  async settled(): Promise<void> {
    await this.fetching;
  }

  private refresh(): void {
    const now = this.now();
    if (now - this.readAt >= this.options.refreshEveryMs) this.fetchUnlessJustDone(now);
  }

  private fetchUnlessJustDone(now: number): void {
    if (this.fetching !== undefined || now - this.attemptedAt < FETCH_GAP_MS) return;
    this.attemptedAt = now;
    this.fetching = this.fetch(now).finally(() => (this.fetching = undefined));
  }

  /** Never rejects. */
  private async fetch(startedAt: number): Promise<void> {
    const { url, log, onFetched } = this.options;
    try {
      const answer = await fetch(url, {
        signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
        headers: { accept: 'application/json' },
        redirect: 'error',
      });
      if (!answer.ok) throw new Error(`the endpoint answers ${answer.status}`);
      const keys = keysIn(await textOf(answer));
      if (keys.size === 0) throw new Error('no key of use is published');
      this.keys = keys;
      this.readAt = startedAt;
      onFetched?.('ok');
    } catch (err) {
      log.warn({ err, known: this.keys.size }, 'the keys of the login were not read; those known stay good');
      onFetched?.('failed');
    }
  }

  private now(): number {
    return (this.options.now ?? (() => performance.now()))();
  }
}

/** @throws Error when it is longer than any set of keys. */
async function textOf(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    const bytes = chunk as Uint8Array;
    length += bytes.length;
    if (length > BODY_LENGTH_MAX) throw new Error('what is published is too long');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}

/** Those of a kind that is taken; others may be for other purposes. @throws Error when it is no set of keys. */
function keysIn(text: string): Map<string, PublishedKey> {
  const { keys } = published.parse(JSON.parse(text));
  return new Map(
    keys.flatMap((jwk) => {
      const key = jwk.kid === undefined ? undefined : keyOf(jwk);
      return key === undefined || jwk.kid === undefined ? [] : [[jwk.kid, key] as const];
    }),
  );
}

function keyOf(jwk: z.infer<typeof published>['keys'][number]): PublishedKey | undefined {
  const algorithm = algorithmOf(jwk);
  if (algorithm === undefined || (jwk.use !== undefined && jwk.use !== 'sig')) return undefined;
  if (jwk.alg !== undefined && jwk.alg !== algorithm) return undefined;
  try {
    const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    if ((key.asymmetricKeyDetails?.modulusLength ?? RSA_BITS_MIN) < RSA_BITS_MIN) return undefined;
    return { algorithm, publicKey: key.export({ type: 'spki', format: 'pem' }).toString() };
  } catch {
    // One key that cannot be read takes nothing from the others.
    return undefined;
  }
}

function algorithmOf({
  kty,
  crv,
}: {
  readonly kty: string;
  readonly crv?: string | undefined;
}): KeyAlgorithm | undefined {
  if (kty === 'RSA') return 'RS256';
  if (kty === 'EC') return crv === 'P-256' ? 'ES256' : undefined;
  return kty === 'OKP' && crv === 'Ed25519' ? 'EdDSA' : undefined;
}
