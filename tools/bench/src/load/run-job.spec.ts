import { LOST, NO_UNIT, PLAIN_OK } from './job';
import { readAnswer } from './run-job';

describe('readAnswer', () => {
  it.each([
    [
      { status: 200, body: '{"outcome":"GRANTED","unitNo":7}' },
      { outcome: 'GRANTED', unitNo: 7 },
    ],
    [
      { status: 200, body: '{}' },
      { outcome: PLAIN_OK, unitNo: NO_UNIT },
    ],
    [
      { status: 409, body: '{"outcome":"SOLD_OUT","unitNo":7}' },
      { outcome: '409 SOLD_OUT', unitNo: NO_UNIT },
    ],
    [
      { status: 502, body: '<html>' },
      { outcome: '502 UNREADABLE', unitNo: NO_UNIT },
    ],
    [
      { status: 200, body: '<html>' },
      { outcome: 'UNREADABLE', unitNo: NO_UNIT },
    ],
    [undefined, { outcome: LOST, unitNo: NO_UNIT }],
  ])('%j counts as %j', (response, answer) => {
    expect(readAnswer(response)).toEqual(answer);
  });
});
