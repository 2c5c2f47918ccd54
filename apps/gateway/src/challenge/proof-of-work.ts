import { createHmac } from 'node:crypto';
import { createChallenge, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/sha';
import { z } from 'zod';
import { type Challenge, type ChallengedUser, decodeSolution, type SolutionUse } from './challenge';
import { type SpentSolutions } from './spent-solutions';

export interface ProofOfWorkOptions {
  /** The platform's secret that tokens are signed with; what signs challenges is derived from it. */
  readonly secret: string;
  readonly ttlMs: number;
  /** Hexadecimal zeros that a solution begins with: each makes it 16 times the work. */
  readonly zeros: number;
  /** Rounds of hashing an attempt takes, and verifying too. */
  readonly cost: number;
}

const ALGORITHM = 'SHA-256';

const solved = z.object({
  challenge: z.object({
    parameters: z.object({
      algorithm: z.literal(ALGORITHM),
      nonce: z.string().max(64),
      salt: z.string().max(64),
      cost: z.number().int(),
      keyLength: z.number().int(),
      keyPrefix: z.string(),
      data: z.object({ userId: z.string(), campaignId: z.string(), expiresAtMs: z.number() }),
    }),
    signature: z.string(),
  }),
  solution: z.object({ counter: z.number().int().min(0).max(0xffffffff), derivedKey: z.string() }),
});

/** Work for the client's processor, after altcha: cheap to check, and spread over time by how lucky and how fast each one is. */
export class ProofOfWork implements Challenge {
  private readonly hmacSignatureSecret: string;

  constructor(
    private readonly spent: SpentSolutions,
    private readonly options: ProofOfWorkOptions,
  ) {
    this.hmacSignatureSecret = createHmac('sha256', options.secret).update('challenge').digest('hex');
  }

  async issue({ userId, campaignId }: ChallengedUser, nowMs: number): Promise<object> {
    const { ttlMs, zeros, cost } = this.options;
    return createChallenge({
      algorithm: ALGORITHM,
      cost,
      keyPrefix: '0'.repeat(zeros),
      // Not altcha's own expiry, which the local clock would decide.
      data: { userId, campaignId, expiresAtMs: nowMs + ttlMs },
      deriveKey,
      hmacSignatureSecret: this.hmacSignatureSecret,
    });
  }

  async verify(solution: string, use: SolutionUse, nowMs: number): Promise<boolean> {
    const read = solved.safeParse(decodeSolution(solution));
    if (!read.success) return false;
    const { challenge } = read.data;
    const { userId, campaignId, expiresAtMs } = challenge.parameters.data;
    // What is compared here is signed: whoever changed it fails below.
    if (userId !== use.userId || campaignId !== use.campaignId || expiresAtMs <= nowMs) return false;
    const { hmacSignatureSecret } = this;
    const { verified } = await verifySolution({ ...read.data, deriveKey, hmacSignatureSecret });
    return verified && this.spent.spend(challenge.signature, use.grabId, expiresAtMs - nowMs);
  }
}
