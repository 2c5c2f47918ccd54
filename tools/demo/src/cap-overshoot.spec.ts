import { capOvershoot } from './cap-overshoot';
import { type GrabSeen } from './sightings';

const T0 = 1_800_000_000_000;
const cap = { campaignId: 'c', perSecond: 100, untilMs: T0 + 5_000 };

const grabs = (count: number, sentMs: number, answeredMs: number, more: Partial<GrabSeen> = {}): GrabSeen[] =>
  Array.from({ length: count }, () => ({
    campaignId: 'c',
    outcome: 'GRANTED',
    sentMs: T0 + sentMs,
    answeredMs: T0 + answeredMs,
    ...more,
  }));

describe("the cap's overshoot", () => {
  it('is what passed in the fullest 100 ms, against a tenth of the cap', () => {
    const seen = [...grabs(9, 10, 90), ...grabs(12, 110, 190), ...grabs(3, 190, 210)];
    expect(capOvershoot(seen, cap)).toMatchObject({
      per100Ms: 10,
      answered: { grabs: 12, overshoot: expect.closeTo(0.2) as number, at: new Date(T0 + 100).toISOString() },
      surely: { grabs: 12 },
    });
  });

  it('is not sure of grabs that were sent in another 100 ms than they were answered in', () => {
    const { answered, surely } = capOvershoot([...grabs(14, 80, 120), ...grabs(5, 101, 130)], cap);
    expect([answered.grabs, surely.grabs]).toEqual([19, 5]);
    expect(surely.overshoot).toBeCloseTo(-0.5);
  });

  it('counts what is told behind the cap only, of this campaign, while the cap is as narrow', () => {
    const seen = [
      ...grabs(1, 10, 20),
      ...grabs(1, 10, 20, { outcome: 'NOT_QUALIFIED' }),
      ...grabs(20, 10, 20, { outcome: 'WAIT' }),
      ...grabs(20, 10, 20, { outcome: 'SOLD_OUT' }),
      ...grabs(20, 10, 20, { campaignId: 'other' }),
      ...grabs(20, 5_010, 5_020),
    ];
    expect(capOvershoot(seen, cap).answered.grabs).toBe(2);
  });

  it('is nothing without a grab', () => {
    expect(capOvershoot([], cap).answered).toEqual({ grabs: 0, overshoot: -1, at: null });
  });
});
