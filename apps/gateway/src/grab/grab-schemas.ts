import { z } from 'zod';
import { amountFen, id, settlement, uint32 } from '../http/campaign-schemas';

/** The body of a grab; may be left out. */
export const grabBody = z.strictObject({
  qualification: z
    .string()
    .max(2_048)
    .optional()
    .meta({ description: 'The token of GET /campaigns/{campaignId}/qualification; needed in a card split' }),
});

export const grantedView = z.object({
  outcome: z.enum(['GRANTED', 'ALREADY_GRANTED']),
  unitNo: uint32,
  amountFen: amountFen.meta({ description: "The packet's amount, or the price of a unit on sale, in fen" }),
  grabId: id.meta({ description: 'The grab that holds the unit: with ALREADY_GRANTED it may be another one' }),
  settlement,
});
export type GrantedView = z.infer<typeof grantedView>;
