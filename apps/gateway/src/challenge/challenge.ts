import { parseJson } from '@floodgate/nest-kit';

/** Injection token of the Challenge that is configured. */
export const CHALLENGE = Symbol('challenge');

/** Whom a challenge is for. */
export interface ChallengedUser {
  readonly userId: string;
  readonly campaignId: string;
}

/** What a solution is used for. The same grab may use it again, or a retry would need another. */
export interface SolutionUse extends ChallengedUser {
  readonly grabId: string;
}

/** Something that costs time or takes a person, so that a crowd of programs does not come all at once. */
export interface Challenge {
  /** What a client needs to solve it, as JSON. */
  issue(user: ChallengedUser, nowMs: number): Promise<object>;
  /**
   * True for a genuine solution of a challenge that was given to this user for this campaign, has not expired and was used for no other grab. Throws
   * TRY_LATER when that cannot be found out now.
   */
  verify(solution: string, use: SolutionUse, nowMs: number): Promise<boolean>;
}

const SOLUTION_LENGTH_MAX = 4_096;

/** The JSON in a solution, base64 as it comes in a header; undefined when there is none. */
export function decodeSolution(solution: string): unknown {
  if (solution.length > SOLUTION_LENGTH_MAX) return undefined;
  return parseJson(Buffer.from(solution, 'base64').toString());
}
