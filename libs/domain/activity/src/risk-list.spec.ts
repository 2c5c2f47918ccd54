import { type FrequencyRule, type FrequencyRuleBook, SetFrequencyRules } from './frequency-rules';
import { ListSubject } from './list-subject';
import { type RiskList, type RiskListing } from './risk-list';
import { UnlistSubject } from './unlist-subject';

const clock = { nowMs: () => 1_000 };

class MemoryRiskList implements RiskList {
  readonly listings: RiskListing[] = [];
  readonly removed: object[] = [];
  atLeast: boolean | undefined;

  put(listing: RiskListing, { atLeast }: { readonly atLeast: boolean }): Promise<RiskListing> {
    this.listings.push(listing);
    this.atLeast = atLeast;
    return Promise.resolve(listing);
  }
  remove(subject: object): Promise<boolean> {
    this.removed.push(subject);
    return Promise.resolve(false);
  }
  changesAfter(): Promise<never> {
    return Promise.reject(new Error('not asked here'));
  }
}

const request = {
  kind: 'user',
  subject: 'u1',
  reason: 'a bot',
  listedBy: 'op',
  forMs: 60_000,
  automatic: false,
};

describe('ListSubject', () => {
  it('lists for a time, with who and why', async () => {
    const list = new MemoryRiskList();
    const listing = {
      kind: 'user',
      subject: 'u1',
      reason: 'a bot',
      listedBy: 'op',
      listedAtMs: 1_000,
      expiresAtMs: 61_000,
    };
    expect(await new ListSubject(list, clock).run(request)).toEqual({ outcome: 'OK', listing });
    expect(list.listings).toEqual([listing]);
    expect(list.atLeast).toBe(false);
  });

  it('shortens nobody’s listing when a program asks', async () => {
    const list = new MemoryRiskList();
    await new ListSubject(list, clock).run({ ...request, automatic: true });
    expect(list.atLeast).toBe(true);
  });

  it.each([
    ['user', 'u1'],
    ['device', 'd-1'],
    ['network', '203.0.113.7'],
    ['network', '203.0.113.0/24'],
    ['network', '2001:db8:0:1::/64'],
    ['network', '2001:db8::1'],
  ])('takes %s %s', async (kind, subject) => {
    const result = await new ListSubject(new MemoryRiskList(), clock).run({ ...request, kind, subject });
    expect(result.outcome).toBe('OK');
  });

  it.each([
    ['kind', { kind: 'planet' }],
    ['subject', { subject: '../x' }],
    ['subject', { kind: 'network', subject: '10.0.0.0/8' }],
    ['subject', { kind: 'network', subject: 'u1' }],
    ['subject', { kind: 'network', subject: 'fe' }],
    ['reason', { reason: ' ' }],
    ['reason', { reason: 'x'.repeat(201) }],
    ['forMs', { forMs: 0 }],
    ['forMs', { forMs: 1.5 }],
    ['forMs', { forMs: 1e15 }],
  ])('refuses a wrong %s: %j', async (field, wrong) => {
    const list = new MemoryRiskList();
    expect(await new ListSubject(list, clock).run({ ...request, ...wrong })).toMatchObject({
      outcome: 'INVALID_REQUEST',
      field,
    });
    expect(list.listings).toEqual([]);
  });
});

describe('UnlistSubject', () => {
  it('takes off whom it is told to, and is content when they are not on the list', async () => {
    const list = new MemoryRiskList();
    const unlist = new UnlistSubject(list, clock);
    const why = { reason: 'a mistake', unlistedBy: 'op' };
    expect(await unlist.run({ kind: 'user', subject: 'u1', ...why })).toEqual({ outcome: 'OK' });
    expect(list.removed).toEqual([{ kind: 'user', subject: 'u1' }]);
    expect(await unlist.run({ kind: 'user', subject: '', ...why })).toMatchObject({ field: 'subject' });
    expect(await unlist.run({ kind: 'user', subject: 'u1', ...why, reason: '' })).toMatchObject({ field: 'reason' });
  });
});

describe('SetFrequencyRules', () => {
  const rule = { api: 'grab', by: 'user', perMs: 10_000, max: 20 };
  const book: FrequencyRuleBook = {
    current: () => Promise.resolve({ version: 0, rules: [] }),
    add: (rules) => Promise.resolve({ version: 1, rules }),
  };
  const set = (rules: FrequencyRule[]) => new SetFrequencyRules(book, clock).run(rules, 'op');

  it('sets them all at once', async () => {
    expect(await set([rule])).toEqual({ outcome: 'OK', rules: { version: 1, rules: [rule] } });
    expect((await set([])).outcome).toBe('OK');
  });

  it.each(['venue', 'grab', 'pay', 'result', 'room', 'challenge', 'events'])('takes rules for %s', async (api) => {
    expect((await set([{ ...rule, api }])).outcome).toBe('OK');
  });

  it.each([
    ['rules.0.api', { api: 'coffee' }],
    ['rules.0.by', { by: 'planet' }],
    ['rules.0.perMs', { perMs: 99 }],
    ['rules.0.perMs', { perMs: 3_600_001 }],
    ['rules.0.max', { max: 0 }],
    ['rules.0.max', { max: 1.5 }],
  ])('refuses %s: %j', async (field, wrong) => {
    expect(await set([{ ...rule, ...wrong }])).toMatchObject({ outcome: 'INVALID_REQUEST', field });
  });

  it('refuses more than a hundred', async () => {
    expect(await set(Array.from({ length: 101 }, () => rule))).toMatchObject({ field: 'rules' });
  });
});
