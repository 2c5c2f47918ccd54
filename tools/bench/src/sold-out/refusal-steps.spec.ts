import { answersByStep, shareBeforeBody } from './refusal-steps';

const METRICS = `# HELP floodgate_grab_answers_total Grabs by outcome and the step that decided it.
# TYPE floodgate_grab_answers_total counter
floodgate_grab_answers_total{step="sold-out",outcome="SOLD_OUT_FOR_NOW"} 900
floodgate_grab_answers_total{step="sold-out",outcome="SOLD_OUT"} 90
floodgate_grab_answers_total{step="inventory",outcome="GRANTED"} 15
floodgate_gateway_grab_seconds_sum 4
`;

describe('steps of refusals', () => {
  it('are read out of the metrics, whatever the outcome', () => {
    expect(answersByStep(METRICS)).toEqual(
      new Map([
        ['sold-out', 990],
        ['inventory', 15],
      ]),
    );
  });

  it('give the share of what was refused in between', () => {
    const before = new Map([['inventory', 5]]);
    expect(shareBeforeBody(before, answersByStep(METRICS))).toBe(0.99);
    expect(shareBeforeBody(new Map(), new Map([['inventory', 3]]))).toBe(0);
  });
});
