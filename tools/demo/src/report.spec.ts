import { parseMetric } from './metrics';
import { funnelOf } from './report';
import { Tally } from './tally';

const METRICS = `
# TYPE floodgate_grab_answers_total counter
floodgate_grab_answers_total{step="sold-out",outcome="SOLD_OUT"} 7
floodgate_grab_answers_total{step="cap",outcome="WAIT"} 2
floodgate_grab_answers_total{step="inventory",outcome="GRANTED"} 4
floodgate_grab_answers_total{step="inventory",outcome="SOLD_OUT"} 3
floodgate_other_total 9
`;

describe('the funnel', () => {
  const funnel = funnelOf({
    users: 10,
    tally: new Tally(),
    grabAnswers: parseMetric(METRICS, 'floodgate_grab_answers_total'),
    payouts: { SETTLED: 3, FAILED: 1 },
    orders: {},
  });
  const layer = (name: string) => funnel.find((one) => one.layer === name);

  it('tells what the gateway refused by itself from what the stock decided', () => {
    expect(layer('grab attempts at the gateway')).toMatchObject({
      offered: 16,
      passed: 7,
      refused: { 'SOLD_OUT (sold-out)': 7, 'WAIT (cap)': 2 },
    });
    expect(layer('grab attempts at the stock')).toMatchObject({ offered: 7, passed: 4, refused: { SOLD_OUT: 3 } });
  });

  it('takes money and orders from the books', () => {
    expect(layer('payouts in the books')).toMatchObject({ offered: 4, passed: 3, refused: { FAILED: 1 } });
    expect(layer('orders in the books')).toMatchObject({ offered: 0, passed: 0, refused: {} });
  });

  it('begins with everyone', () => {
    expect(layer('entry')).toMatchObject({ offered: 10, passed: 0 });
  });
});

describe('a metric', () => {
  it('is read without labels too, and is empty where there is none', () => {
    expect(parseMetric(METRICS, 'floodgate_other_total')).toEqual([{ labels: {}, value: 9 }]);
    expect(parseMetric(METRICS, 'floodgate_nothing')).toEqual([]);
  });
});
