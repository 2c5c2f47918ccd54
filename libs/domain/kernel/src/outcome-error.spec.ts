import { OutcomeError } from './outcome-error';

describe('OutcomeError', () => {
  it('carries the outcome and what goes with it', () => {
    const cause = new Error('why');
    const error = new OutcomeError('WAIT', 'still on its way', { pollAfterMs: 500, field: 'grabId', cause });
    expect(error).toMatchObject({
      name: 'OutcomeError',
      outcome: 'WAIT',
      message: 'still on its way',
      pollAfterMs: 500,
      field: 'grabId',
      cause,
    });
  });

  it('has no cause where none was given', () => {
    expect('cause' in new OutcomeError('CLOSED', '')).toBe(false);
  });
});
