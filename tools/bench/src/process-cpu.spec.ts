import { cpuMsOf, readCpu, spentBetween, totalOf } from './process-cpu';

const STAT = '4242 (node (v) 20) S 1 4242 4242 0 -1 4194304 100 0 0 0 321 45 0 0 20 0 11 0 999 1000000 2000';

describe('CPU time of processes', () => {
  it('adds user and system time, whatever the program is called', () => {
    expect(cpuMsOf(STAT)).toBe((321 + 45) * 10);
  });

  it('refuses a text that is something else', () => {
    expect(() => cpuMsOf('no such thing')).toThrow('not the text');
  });

  it('says what was spent between two readings, by name and together', () => {
    const spent = spentBetween(
      new Map([
        ['gateway', 100],
        ['redis', 40],
      ]),
      new Map([
        ['gateway', 350],
        ['redis', 50],
      ]),
    );
    expect([...spent]).toEqual([
      ['gateway', 250],
      ['redis', 10],
    ]);
    expect(totalOf(spent)).toBe(260);
  });

  it('reads this very process and names one that has ended', () => {
    expect(readCpu([{ name: 'me', pid: process.pid }]).get('me')).toBeGreaterThan(0);
    expect(() => readCpu([{ name: 'nobody', pid: 2 ** 30 }])).toThrow('nobody');
  });
});
