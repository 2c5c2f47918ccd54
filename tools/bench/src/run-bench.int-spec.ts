import { loadEnvironment } from '@floodgate/tools/stack';
import { type AuditResult, type Bench, type BenchOptions } from './bench';
import { type Report, runBench } from './run-bench';
import { renderFooter } from './table';

const steps: string[] = [];
const OPTIONS: BenchOptions = {
  rounds: 3,
  size: 1,
  seconds: 1,
  connections: 1,
  inventories: 1,
  strategy: 'SHARDED_COUNTERS',
  cpuProfileDirectory: undefined,
};

function bench(audit: AuditResult, errors: Record<string, number> = {}): Bench {
  return {
    name: 'sample',
    summary: 'a bench that measures nothing',
    minutes: 1,
    rows: () => [
      {
        name: 'speed',
        unit: '1/s',
        limit: { contender: 'limit', figure: 'perSecond' },
        ours: { contender: 'ours', figure: 'perSecond' },
        toReach: { of: 'ratio', atLeast: 0.5 },
      },
    ],
    prepare: async () => ({
      contenders: [
        { name: 'limit', measure: async () => ({ sample: { perSecond: 100 }, errors: {} }) },
        { name: 'ours', measure: async () => ({ sample: { perSecond: 60 }, errors }) },
      ],
      audit: async () => audit,
      close: async () => void steps.push('closed'),
    }),
  };
}

const run = (sample: Bench, options = OPTIONS): Promise<Report> => {
  const context = { environment: loadEnvironment('test'), options, runId: 'b0', say: () => undefined };
  return runBench(sample, context, () => void steps.push('delivered'));
};

describe('runBench', () => {
  beforeEach(() => void steps.splice(0));

  it('reports the rows with the settings that the servers themselves name, before it cleans up', async () => {
    const report = await run(bench({ ok: true, detail: 'all found' }));
    expect(report).toMatchObject({ bench: 'sample', options: OPTIONS, errors: 0, durable: true, ok: true });
    expect(report.rows).toMatchObject([{ ratio: 0.6, reached: true }]);
    expect(report.settings).toMatchObject({
      redis: { appendonly: 'yes', appendfsync: 'everysec' },
      mysql: { innodb_flush_log_at_trx_commit: 1 },
      kafka: { acks: -1, brokers: 1, stockLogReplicationFactor: 1, stockLogMinInsyncReplicas: 1 },
    });
    expect(steps).toEqual(['delivered', 'closed']);
    expect(renderFooter(report)).toContain('One broker: acks=all means one page cache.');
  });

  it('does not count figures with errors, a failed audit, a profiler or less than full size', async () => {
    expect(await run(bench({ ok: true, detail: '' }, { LOST: 1 }))).toMatchObject({ errors: 4, ok: false });
    expect(await run(bench({ ok: false, detail: 'one missing' }))).toMatchObject({ errors: 0, ok: false });
    const profiled = { ...OPTIONS, cpuProfileDirectory: 'profiles' };
    expect(await run(bench({ ok: true, detail: '' }), profiled)).toMatchObject({ errors: 0, ok: false });
    expect(await run(bench({ ok: true, detail: '' }), { ...OPTIONS, size: 0.5 })).toMatchObject({ ok: false });
  });
});
