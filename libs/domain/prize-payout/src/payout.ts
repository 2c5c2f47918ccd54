import { type Fen } from '@floodgate/kernel';

/**
 * - UNBOOKED: promised, but its pool cannot pay it: a case is open and nothing is sent.
 * - BOOKED: in the ledger, not yet handed to the channel.
 * - SENT: the channel was, or is about to be, told to pay; its answer is not known. Written before the channel hears of it.
 * - SETTLED: arrived.
 * - FAILED: surely not paid; the re-issue job tries again under the same number.
 */
export const PAYOUT_STATES = ['UNBOOKED', 'BOOKED', 'SENT', 'SETTLED', 'FAILED'] as const;
export type PayoutState = (typeof PAYOUT_STATES)[number];

/** send: it is about to be handed to the channel. paid, refused: the channel's answers for sure. */
export const PAYOUT_EVENTS = ['send', 'paid', 'refused'] as const;
export type PayoutEvent = (typeof PAYOUT_EVENTS)[number];

/** The money or goods on the way to whoever holds a granted unit. */
export interface Payout {
  /** Follows from campaign, pool, unit and generation; the channel's number of this payout for ever. */
  readonly payoutId: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly unitNo: number;
  readonly generation: number;
  readonly grabId: string;
  readonly userId: string;
  readonly amountFen: Fen;
  readonly state: PayoutState;
  /** How often it was handed to the channel. */
  readonly attempts: number;
  /** How often the channel was asked about the attempt in hand. */
  readonly asks: number;
}

const NEVER = 'never';

/** Answers may come late and twice: money that has arrived stays arrived, and money beats an earlier refusal. */
const STEPS: Record<PayoutState, Record<PayoutEvent, PayoutState | typeof NEVER>> = {
  UNBOOKED: { send: NEVER, paid: NEVER, refused: NEVER },
  BOOKED: { send: 'SENT', paid: NEVER, refused: NEVER },
  SENT: { send: NEVER, paid: 'SETTLED', refused: 'FAILED' },
  SETTLED: { send: NEVER, paid: 'SETTLED', refused: 'SETTLED' },
  FAILED: { send: 'SENT', paid: 'SETTLED', refused: 'FAILED' },
};

/** Thrown when something happens to a payout that cannot; nothing has been written. */
export class IllegalPayoutStep extends Error {
  constructor(
    readonly state: PayoutState,
    readonly event: PayoutEvent,
  ) {
    super(`a payout that is ${state} cannot take "${event}"`);
    this.name = 'IllegalPayoutStep';
  }
}

/** The state after `event`; the same state for an answer that arrives late. Throws IllegalPayoutStep. */
export function stepPayout(state: PayoutState, event: PayoutEvent): PayoutState {
  const next = STEPS[state][event];
  if (next === NEVER) throw new IllegalPayoutStep(state, event);
  return next;
}
