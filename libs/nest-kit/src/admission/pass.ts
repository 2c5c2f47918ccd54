import { signToken, type TokenClaims, verifyToken } from '../signed-token';

/** On an answer: what the client keeps for this campaign, and sends in a header of the same name from then on. */
export const PASS_HEADER = 'fg-pass';

/**
 * What its holder has been let past. `entry`: the plan's drop. `grab`: the lottery besides. `room`: the waiting room too, to which its other
 * claims belong.
 */
export const PASS_KINDS = ['entry', 'grab', 'room'] as const;
export type PassKind = (typeof PASS_KINDS)[number];

/** Bound to a user and a campaign: whoever reads a pass compares both. */
export interface PassClaims extends TokenClaims {
  readonly kind: PassKind;
}

export function signPass<C extends PassClaims>(claims: C, key: string): string {
  return signToken('pass', claims, key);
}

/** The pass in a header, when it is genuine, has not expired and is this user's in this campaign. */
export function openPass<C extends PassClaims = PassClaims>(
  header: string | readonly string[] | undefined,
  { userId, campaignId }: Pick<PassClaims, 'userId' | 'campaignId'>,
  key: string,
  nowMs: number,
): C | undefined {
  if (typeof header !== 'string') return undefined;
  const claims = verifyToken<C>('pass', header, key, nowMs);
  return claims?.userId === userId && claims.campaignId === campaignId ? claims : undefined;
}
