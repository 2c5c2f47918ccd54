import { type Outcome } from '@floodgate/kernel';
import { Metrics } from '@floodgate/nest-kit';
import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { type Step } from './grab-admission';

/** Grabs by what they came to. Counted in plain numbers, and made into a metric only when somebody reads it. */
@Injectable()
export class GrabCounts {
  private readonly counts = new Map<Step, Map<Outcome, number>>();

  constructor({ registry }: Metrics) {
    const { counts } = this;
    new Counter({
      name: 'floodgate_grab_answers_total',
      help: 'Grabs by outcome and the step that decided it.',
      labelNames: ['step', 'outcome'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [step, byOutcome] of counts) {
          for (const [outcome, count] of byOutcome) this.inc({ step, outcome }, count);
        }
      },
    });
  }

  add(step: Step, outcome: Outcome): void {
    let byOutcome = this.counts.get(step);
    if (byOutcome === undefined) {
      byOutcome = new Map();
      this.counts.set(step, byOutcome);
    }
    byOutcome.set(outcome, (byOutcome.get(outcome) ?? 0) + 1);
  }
}
