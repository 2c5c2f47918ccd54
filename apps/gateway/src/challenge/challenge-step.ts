import { type AdmissionRequest, type AdmissionStep, type Verdict } from '@floodgate/nest-kit';
import { Inject, Injectable } from '@nestjs/common';
import { PreparedRefusal } from '../grab/raw-answer';
import { type Challenge, CHALLENGE } from './challenge';

/** The solution of a challenge, in a grab. */
export const CHALLENGE_HEADER = 'fg-challenge';

const REQUIRED = new PreparedRefusal({
  outcome: 'CHALLENGE_REQUIRED',
  message: '',
  field: undefined,
  pollAfterMs: undefined,
});

/** While the plan asks for it: grabs without a solved challenge. */
@Injectable()
export class ChallengeStep implements AdmissionStep {
  readonly name = 'challenge';

  constructor(@Inject(CHALLENGE) private readonly challenge: Challenge) {}

  refuse({
    policy,
    headers,
    user,
    grab,
    campaign: { campaignId },
    nowMs,
  }: AdmissionRequest): Verdict | Promise<Verdict> {
    if (policy.challenge === 'off' || grab === undefined) return undefined;
    const solution = headers[CHALLENGE_HEADER];
    if (typeof solution !== 'string' || user === undefined) return REQUIRED;
    const use = { userId: user.userId, campaignId, grabId: grab.grabId };
    return this.challenge.verify(solution, use, nowMs).then((isGood) => (isGood ? undefined : REQUIRED));
  }
}
