import { type Refusal } from '@floodgate/domain/activity';
import { isId, type Outcome, OutcomeError } from '@floodgate/kernel';
import { z } from 'zod';

const id = z.string().refine(isId, 'must be 1 to 64 letters, digits, _ or -');

export const campaignRequest = z.object({ campaignId: id });
export const userRequest = z.object({ campaignId: id, userId: id });
export const taskRequest = z.object({ campaignId: id, userId: id, taskId: id });
export const operatorRequest = z.object({ operatorId: id });
export const publishRequest = z.object({ operatorId: id, campaignId: id });
// What they must look like is the use cases' to say.
export const approvalRequest = publishRequest.extend({ commitment: z.string() });
export const secretRequest = publishRequest.extend({ secret: z.string() });

export const listRequest = z.object({ listedBy: id });
export const unlistRequest = z.object({ unlistedBy: id });

/** A use case's refusal on its way to the caller. */
export function refused({ outcome, detail, field, pollAfterMs }: Refusal<Outcome>): OutcomeError {
  return new OutcomeError(outcome, detail, {
    ...(field !== undefined && { field }),
    ...(pollAfterMs !== undefined && { pollAfterMs }),
  });
}
