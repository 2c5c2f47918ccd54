import { type Identity, type TokenClaims, verifyToken } from '@floodgate/nest-kit';

/** What activity signs into a qualification. */
export interface QualificationClaims extends TokenClaims {
  readonly poolId: string;
  readonly qualificationId: string;
}

/** Where and by whom the right to grab is being used. */
export interface QualificationUse {
  readonly user: Identity;
  readonly campaignId: string;
  readonly poolId: string;
}

/**
 * The qualification's id when the token is genuine, has not expired and gives exactly this user the right to grab in exactly
 * this pool; undefined otherwise.
 */
export function openQualification(
  token: string,
  { user, campaignId, poolId }: QualificationUse,
  secret: string,
  nowMs: number,
): string | undefined {
  const claims = verifyToken<QualificationClaims>('qualification', token, secret, nowMs);
  if (claims === undefined) return undefined;
  const fits = claims.userId === user.userId && claims.campaignId === campaignId && claims.poolId === poolId;
  return fits ? claims.qualificationId : undefined;
}
