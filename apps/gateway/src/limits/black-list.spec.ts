import { BlackList } from './black-list';

describe('BlackList', () => {
  it('lists each kind by itself, until the end of the listing', () => {
    const list = new BlackList();
    list.take([{ kind: 'user', subject: 'x', expiresAtMs: 100 }], 0);
    expect(list.isListed('user', 'x', 99)).toBe(true);
    expect(list.isListed('user', 'x', 100)).toBe(false);
    expect(list.isListed('device', 'x', 0)).toBe(false);
    expect(list.isListed('user', undefined, 0)).toBe(false);
  });

  it('takes later news over earlier, and forgets who was taken off or is over', () => {
    const list = new BlackList();
    list.take(
      ['a', 'b', 'c'].map((subject, i) => ({ kind: 'network' as const, subject, expiresAtMs: 100 * (i + 1) })),
      0,
    );
    list.take([{ kind: 'network', subject: 'a', expiresAtMs: 10 }], 10);
    expect(list.isListed('network', 'a', 10)).toBe(false);
    expect(list.size).toBe(2);
    list.sweep(200);
    expect(list.size).toBe(1);
    list.clear();
    expect(list.size).toBe(0);
  });
});
