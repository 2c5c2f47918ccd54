import { residentOf, usedMemoryOf } from './room-memory';

it('reads what lies in Redis', () => {
  expect(usedMemoryOf('# Memory\r\nused_memory:1234567\r\nused_memory_human:1.18M\r\n')).toBe(1_234_567);
  expect(() => usedMemoryOf('# Memory\r\n')).toThrow('used_memory');
});

it('reads what a process holds', () => {
  expect(residentOf('Name:\tnode\nVmHWM:\t  90000 kB\nVmRSS:\t   81234 kB\nThreads:\t11\n')).toBe(81_234 * 1_024);
  expect(() => residentOf('Name:\tnode\n')).toThrow('resident');
});
