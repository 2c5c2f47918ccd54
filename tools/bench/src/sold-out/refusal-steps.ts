import { type Contender, type Measurement } from '../bench';

const COUNTER = 'floodgate_grab_answers_total';
const BEFORE_BODY = 'sold-out';

/** How many grabs a gateway has answered, by the step of the way that decided it; out of the text of its /metrics. */
export function answersByStep(metrics: string): Map<string, number> {
  const steps = new Map<string, number>();
  for (const [, labels = '', value] of metrics.matchAll(new RegExp(`^${COUNTER}\\{([^}]*)\\} (\\S+)`, 'gm'))) {
    const step = /step="([^"]*)"/.exec(labels)?.[1] ?? '';
    steps.set(step, (steps.get(step) ?? 0) + Number(value));
  }
  return steps;
}

/** The share of the answers between two readings that were refused as sold out, before the body was looked at. */
export function shareBeforeBody(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number {
  const given = [...after].map(([step, count]) => [step, count - (before.get(step) ?? 0)] as const);
  const all = given.reduce((sum, [, count]) => sum + count, 0);
  return (given.find(([step]) => step === BEFORE_BODY)?.[1] ?? 0) / all;
}

/** Adds to what a contender measures the share of its answers that were refused before the body was looked at. */
export class WithRefusalSteps implements Contender {
  constructor(
    private readonly inner: Contender,
    private readonly gatewayUrl: string,
  ) {}

  get name(): string {
    return this.inner.name;
  }

  async measure(round: number): Promise<Measurement> {
    const before = await this.read();
    const { sample, errors } = await this.inner.measure(round);
    return { sample: { ...sample, shareBeforeBody: shareBeforeBody(before, await this.read()) }, errors };
  }

  private async read(): Promise<Map<string, number>> {
    const response = await fetch(`${this.gatewayUrl}/metrics`, { signal: AbortSignal.timeout(10_000) });
    return answersByStep(await response.text());
  }
}
