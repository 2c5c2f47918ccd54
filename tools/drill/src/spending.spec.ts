import { beyondRest, type Spent } from './spending';

const spent = (at: number, gateway: number, kafka: number, redis: number, statements: number): Spent => ({
  cpu: new Map([
    ['gateway', gateway],
    ['kafka', kafka],
    ['redis', redis],
  ]),
  statements,
  at,
});

describe('beyondRest', () => {
  const span = { before: spent(1_000, 10, 20, 30, 100), after: spent(5_000, 510, 220, 90, 900) };

  it('tells the gateway from everything behind it', () => {
    expect(beyondRest(span, [])).toEqual({ gatewayMs: 500, behindMs: 260, statements: 800 });
  });

  it('takes off what so much time costs when nobody asks anything, as all spans of rest together say', () => {
    const rests = [
      { before: spent(0, 0, 0, 0, 0), after: spent(500, 0, 30, 0, 10) },
      { before: spent(900, 0, 30, 0, 10), after: spent(1_000, 10, 40, 20, 40) },
    ];
    // 4,000 ms against 600 ms of rest.
    const { gatewayMs, behindMs, statements } = beyondRest(span, rests);
    expect(gatewayMs).toBeCloseTo(500 - (10 * 4_000) / 600);
    expect(behindMs).toBeCloseTo(260 - (60 * 4_000) / 600);
    expect(statements).toBeCloseTo(800 - (40 * 4_000) / 600);
  });
});
