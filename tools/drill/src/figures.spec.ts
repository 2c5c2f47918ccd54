import { type Findings } from './drill';
import { busiest, sampleOf } from './figures';

const NOTHING = { gatewayMs: 0, behindMs: 0, statements: 0 };

const findings: Findings = {
  people: 10,
  requests: 20,
  requestsAtMs: [1_000, 1_010, 1_099, 1_100, 1_350],
  servedAtMs: [1_000, 1_100, 1_150, 1_400],
  waitsMs: [400, 100, 200, 300],
  less: 5,
  told: {},
  ownStatements: 8,
  errors: {},
};

describe('busiest', () => {
  it('counts the fullest 100 ms from the first instant on, in whatever order they are', () => {
    expect(busiest([1_100, 1_010, 1_000, 1_099, 1_350])).toBe(3);
    expect(busiest([])).toBe(0);
  });
});

describe('sampleOf', () => {
  it('divides what was spent among all who came, and leaves out what the drill itself asked of the database', () => {
    const whole = { gatewayMs: 5, behindMs: 20, statements: 48 };
    const early = { gatewayMs: 1, behindMs: 500, statements: 30 };
    expect(sampleOf(findings, { whole, early })).toMatchObject({
      requestsEach: 2,
      gatewayUsEach: 500,
      behindUsEach: 2_000,
      statementsEach: 4,
      earlyBehindShare: 0.25,
      earlyStatementsPerSecond: 15,
    });
  });

  it('tells the waits of those who were served, and how many were not', () => {
    expect(sampleOf(findings, { whole: NOTHING, early: NOTHING })).toMatchObject({
      requestsBusiest: 3,
      servedBusiest: 2,
      keptOutPercent: 60,
      lessPercent: 50,
      waitP50Ms: 200,
      waitP99Ms: 400,
    });
  });
});
