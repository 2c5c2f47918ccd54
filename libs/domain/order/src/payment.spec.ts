import fc from 'fast-check';
import { IllegalPaymentStep, PAYMENT_EVENTS, PAYMENT_STATES, type PaymentState, stepPayment } from './payment';

// One row a state, one column an event, in the order of PAYMENT_EVENTS; `-` cannot happen.
const TABLE: Record<PaymentState, string> = {
  //           collected refused    closed refunded again      order-ended
  COLLECTING: 'COLLECTED REFUSED    -      -        -          CLOSING',
  REFUSED: '   COLLECTED REFUSED    -      -        COLLECTING CLOSING',
  COLLECTED: ' COLLECTED COLLECTED  -      -        -          -',
  CLOSING: '   REFUNDING CLOSING    CLOSED -        -          -',
  CLOSED: '    -         CLOSED     CLOSED -        -          -',
  REFUNDING: ' REFUNDING REFUNDING  -      REFUNDED -          -',
  REFUNDED: '  REFUNDED  REFUNDED   -      REFUNDED -          -',
};

describe('stepPayment', () => {
  const rows = PAYMENT_STATES.flatMap((state) => {
    const columns = TABLE[state].trim().split(/\s+/);
    return PAYMENT_EVENTS.map((event, index) => ({ state, event, next: columns[index] }));
  });

  it.each(rows)('$state + $event -> $next', ({ state, event, next }) => {
    if (next === '-') expect(() => stepPayment(state, event)).toThrow(IllegalPaymentStep);
    else expect(stepPayment(state, event)).toBe(next);
  });

  it('keeps money only while the order lives, and gives back only what came in, whatever the order of events', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PAYMENT_EVENTS), { maxLength: 12 }), (events) => {
        let state: PaymentState = 'COLLECTING';
        const taken = new Set<string>();
        for (const event of events) {
          try {
            state = stepPayment(state, event);
            taken.add(event);
          } catch (error) {
            if (!(error instanceof IllegalPaymentStep)) throw error;
          }
        }
        if (state === 'COLLECTED') expect(taken.has('order-ended')).toBe(false);
        if (state === 'COLLECTED' || state === 'REFUNDING' || state === 'REFUNDED')
          expect(taken.has('collected')).toBe(true);
        if (state === 'CLOSED') expect(taken.has('collected')).toBe(false);
      }),
    );
  });
});
