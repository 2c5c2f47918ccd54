import { type CpuTimes, spentBetween } from '@floodgate/tools/bench';

/** What was spent up to a moment. */
export interface Spent {
  readonly cpu: CpuTimes;
  /** Sent to the database by others than the drill. */
  readonly statements: number;
  /** performance.now() */
  readonly at: number;
}

export interface Span {
  readonly before: Spent;
  readonly after: Spent;
}

/** CPU of the gateway and of everything behind it in ms, and statements sent to the database. */
export interface Difference {
  readonly gatewayMs: number;
  readonly behindMs: number;
  readonly statements: number;
}

const NOTHING: Difference = { gatewayMs: 0, behindMs: 0, statements: 0 };

/** What was spent in a span, without what is spent in so much time when nobody asks anything: as in the spans of rest. */
export function beyondRest(span: Span, rests: readonly Span[]): Difference {
  const rest = rests.map(differenceOf).reduce(sum, NOTHING);
  const restMs = rests.reduce((ms, one) => ms + lengthOf(one), 0);
  const share = restMs === 0 ? 0 : lengthOf(span) / restMs;
  const all = differenceOf(span);
  return {
    gatewayMs: all.gatewayMs - rest.gatewayMs * share,
    behindMs: all.behindMs - rest.behindMs * share,
    statements: all.statements - rest.statements * share,
  };
}

const lengthOf = ({ before, after }: Span) => after.at - before.at;

function differenceOf({ before, after }: Span): Difference {
  const cpu = spentBetween(before.cpu, after.cpu);
  const allMs = [...cpu.values()].reduce((ms, one) => ms + one, 0);
  const gatewayMs = cpu.get('gateway') ?? 0;
  return { gatewayMs, behindMs: allMs - gatewayMs, statements: after.statements - before.statements };
}

const sum = (a: Difference, b: Difference): Difference => ({
  gatewayMs: a.gatewayMs + b.gatewayMs,
  behindMs: a.behindMs + b.behindMs,
  statements: a.statements + b.statements,
});
