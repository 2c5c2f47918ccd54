import { type Outcome } from '@floodgate/kernel';
import { type AdmittedApi, Metrics } from '@floodgate/nest-kit';
import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';

/** Refusals of phase one, but for grabs, which are counted with their answers. In plain numbers, and made into a metric only when somebody reads it. */
@Injectable()
export class RefusalCounts {
  private readonly counts = new Map<
    string,
    { readonly labels: Record<'api' | 'step' | 'outcome', string>; count: number }
  >();

  constructor({ registry }: Metrics) {
    const { counts } = this;
    new Counter({
      name: 'floodgate_admission_refusals_total',
      help: 'Requests but grabs that phase one refused, by API, step and outcome.',
      labelNames: ['api', 'step', 'outcome'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, count } of counts.values()) this.inc(labels, count);
      },
    });
  }

  add(api: AdmittedApi, step: string, outcome: Outcome): void {
    const key = `${api}/${step}/${outcome}`;
    const known = this.counts.get(key);
    if (known) known.count += 1;
    else this.counts.set(key, { labels: { api, step, outcome }, count: 1 });
  }
}
