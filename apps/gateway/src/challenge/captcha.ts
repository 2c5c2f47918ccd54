import { createHash } from 'node:crypto';
import { OutcomeError } from '@floodgate/kernel';
import { signToken, verifyToken } from '@floodgate/nest-kit';
import { z } from 'zod';
import { type Challenge, type ChallengedUser, decodeSolution, type SolutionUse } from './challenge';
import { type SpentSolutions } from './spent-solutions';

export interface CaptchaOptions {
  /** Where the provider is asked whether a response is good. */
  readonly verifyUrl: string;
  /** What the page shows the captcha with. */
  readonly siteKey: string;
  /** Ours, at the provider. */
  readonly providerSecret: string;
  /** Signs whom a captcha is for. */
  readonly tokenSecret: string;
  readonly ttlMs: number;
  readonly timeoutMs: number;
}

/** Questions under way at the provider at most: past that, people are told to try later instead of waiting for it. */
const IN_FLIGHT_MAX = 500;

const solved = z.strictObject({ ticket: z.string(), response: z.string().min(1).max(3_000) });
const verdict = z.object({ success: z.boolean(), cdata: z.string().optional() });

/**
 * A person's work, checked by a provider (hCaptcha, Turnstile and reCAPTCHA answer alike). A ticket of ours says whom it is for, and is handed through the
 * provider where that gives `cdata` back; a response is good once.
 */
export class Captcha implements Challenge {
  private inFlight = 0;

  constructor(
    private readonly spent: SpentSolutions,
    private readonly options: CaptchaOptions,
  ) {}

  issue({ userId, campaignId }: ChallengedUser, nowMs: number): Promise<object> {
    const { siteKey, ttlMs, tokenSecret } = this.options;
    const ticket = signToken('challenge', { userId, campaignId, expiresAtMs: nowMs + ttlMs }, tokenSecret);
    return Promise.resolve({ kind: 'captcha', siteKey, ticket, cdata: digest(ticket) });
  }

  async verify(solution: string, use: SolutionUse, nowMs: number): Promise<boolean> {
    const read = solved.safeParse(decodeSolution(solution));
    if (!read.success) return false;
    const { ticket, response } = read.data;
    const claims = verifyToken('challenge', ticket, this.options.tokenSecret, nowMs);
    if (claims?.userId !== use.userId || claims.campaignId !== use.campaignId) return false;
    const ttlMs = claims.expiresAtMs - nowMs;
    // Spent first: the provider takes a response once, and a retry of the same grab must not ask it again.
    if (!(await this.spent.spend(digest(response), use.grabId, ttlMs))) return false;
    const { success, cdata } = await this.ask(response, digest(`${ticket}/${use.grabId}`));
    return success && (cdata === undefined || cdata === digest(ticket));
  }

  private async ask(response: string, idempotencyKey: string): Promise<z.infer<typeof verdict>> {
    if (this.inFlight >= IN_FLIGHT_MAX) throw tryLater();
    const { verifyUrl, providerSecret, timeoutMs } = this.options;
    this.inFlight += 1;
    try {
      const answer = await fetch(verifyUrl, {
        method: 'POST',
        body: new URLSearchParams({ secret: providerSecret, response, idempotency_key: idempotencyKey }),
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
      });
      return verdict.parse(await answer.json());
    } catch (cause) {
      throw tryLater(cause);
    } finally {
      this.inFlight -= 1;
    }
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

const tryLater = (cause?: unknown): OutcomeError =>
  new OutcomeError('TRY_LATER', 'the check cannot be checked now', { pollAfterMs: 1_000, cause });
