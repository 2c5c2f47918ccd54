import { callsByCommand, perMillion, readingOf } from './redis-commands';

const INFO = `# Commandstats
cmdstat_info:calls=9,usec=10,usec_per_call=1.00
cmdstat_evalsha:calls=20,usec=10,usec_per_call=0.50,rejected_calls=0,failed_calls=0
cmdstat_hget:calls=300,usec=10,usec_per_call=0.03
cmdstat_config|get:calls=2,usec=5,usec_per_call=2.50
`;

describe('Redis commands', () => {
  it('are all calls but those of the reading itself; scripts are counted apart', () => {
    const calls = callsByCommand(INFO);
    expect(calls).toEqual(
      new Map([
        ['evalsha', 20],
        ['hget', 300],
        ['config|get', 2],
      ]),
    );
    expect(readingOf(calls, 7)).toEqual({ all: 322, scripts: 20, atMs: 7 });
  });

  it('are told for a million answers, without those of idle apps', () => {
    const before = { all: 100, scripts: 10, atMs: 0 };
    const after = { all: 1_200, scripts: 60, atMs: 1_000 };
    const idle = { allPerMs: 0.1, scriptsPerMs: 0.06 };
    expect(perMillion(before, after, idle, 2_000)).toEqual({ all: 500_000, scripts: 0 });
  });
});
