/**
 * An order has at most one payment, and the channel knows it by the order's id.
 * - COLLECTING: the channel was, or is about to be, told to collect; its answer is not known. The order is PENDING.
 * - REFUSED: surely not collected; the person may try again while the order is PENDING.
 * - COLLECTED: the money is in and the order is PAID.
 * - CLOSING: the order ended before the money was in; the channel must be kept from collecting.
 * - CLOSED: nothing was collected and nothing ever will be.
 * - REFUNDING: the money came in after the order had ended; it goes back.
 * - REFUNDED: it is back.
 */
export const PAYMENT_STATES = [
  'COLLECTING',
  'REFUSED',
  'COLLECTED',
  'CLOSING',
  'CLOSED',
  'REFUNDING',
  'REFUNDED',
] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

/**
 * - collected, refused, closed, refunded: the channel's answers for sure.
 * - again: the person pays once more after a refusal.
 * - order-ended: the order was cancelled or has expired.
 */
export const PAYMENT_EVENTS = ['collected', 'refused', 'closed', 'refunded', 'again', 'order-ended'] as const;
export type PaymentEvent = (typeof PAYMENT_EVENTS)[number];

export interface Payment {
  readonly orderId: string;
  /** Made by the client and kept. */
  readonly paymentId: string;
  readonly state: PaymentState;
  /** How many checkout tokens were consumed; the next one must name this number. */
  readonly checkouts: number;
  /** How often the channel has been asked about it since the last change of state. */
  readonly asks: number;
}

const NEVER = 'never';

/** What cannot happen is written down too: money that comes in after the channel closed its number would be nobody's. */
const STEPS: Record<PaymentState, Record<PaymentEvent, PaymentState | typeof NEVER>> = {
  COLLECTING: {
    collected: 'COLLECTED',
    refused: 'REFUSED',
    closed: NEVER,
    refunded: NEVER,
    again: NEVER,
    'order-ended': 'CLOSING',
  },
  REFUSED: {
    collected: 'COLLECTED',
    refused: 'REFUSED',
    closed: NEVER,
    refunded: NEVER,
    again: 'COLLECTING',
    'order-ended': 'CLOSING',
  },
  COLLECTED: {
    collected: 'COLLECTED',
    refused: 'COLLECTED',
    closed: NEVER,
    refunded: NEVER,
    again: NEVER,
    'order-ended': NEVER,
  },
  CLOSING: {
    collected: 'REFUNDING',
    refused: 'CLOSING',
    closed: 'CLOSED',
    refunded: NEVER,
    again: NEVER,
    'order-ended': NEVER,
  },
  CLOSED: {
    collected: NEVER,
    refused: 'CLOSED',
    closed: 'CLOSED',
    refunded: NEVER,
    again: NEVER,
    'order-ended': NEVER,
  },
  REFUNDING: {
    collected: 'REFUNDING',
    refused: 'REFUNDING',
    closed: NEVER,
    refunded: 'REFUNDED',
    again: NEVER,
    'order-ended': NEVER,
  },
  REFUNDED: {
    collected: 'REFUNDED',
    refused: 'REFUNDED',
    closed: NEVER,
    refunded: 'REFUNDED',
    again: NEVER,
    'order-ended': NEVER,
  },
};

/** Thrown when the channel or a caller says what cannot be; nothing has been written. */
export class IllegalPaymentStep extends Error {
  constructor(
    readonly state: PaymentState,
    readonly event: PaymentEvent,
  ) {
    super(`a payment that is ${state} cannot take "${event}"`);
    this.name = 'IllegalPaymentStep';
  }
}

/** The state after `event`; the same state for an answer that arrives late. Throws IllegalPaymentStep. */
export function stepPayment(state: PaymentState, event: PaymentEvent): PaymentState {
  const next = STEPS[state][event];
  if (next === NEVER) throw new IllegalPaymentStep(state, event);
  return next;
}
