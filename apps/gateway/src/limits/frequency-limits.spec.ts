import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseConfig } from '@floodgate/nest-kit';
import { z } from 'zod';
import { FrequencyLimits } from './frequency-limits';
import { DEFAULT_RULES, type FrequencyRule, frequencyRulesJson } from './frequency-rules';

const rule = (more: Partial<FrequencyRule> = {}): FrequencyRule => ({
  api: 'grab',
  by: 'user',
  perMs: 1_000,
  max: 5,
  ...more,
});
const client = (user: string | undefined, more: { network?: string; device?: string } = {}) => ({
  user,
  network: more.network ?? 'net',
  device: more.device,
});

describe('FrequencyLimits', () => {
  it('lets a person come so often at once, and after that evenly', () => {
    const limits = new FrequencyLimits([rule()]);
    for (let i = 0; i < 5; i += 1) expect(limits.take('grab', client('u1'), 0)).toBeUndefined();
    expect(limits.take('grab', client('u1'), 0)).toEqual({ by: 'user', subject: 'u1', againAfterMs: 200 });
    expect(limits.take('grab', client('u1'), 199)).toMatchObject({ againAfterMs: 1 });
    expect(limits.take('grab', client('u1'), 200)).toBeUndefined();
    expect(limits.take('grab', client('u1'), 201)).toBeDefined();
    expect(limits.take('grab', client('u2'), 0)).toBeUndefined();
  });

  it('never lets more through in any stretch of time than the rule says, twice over at its start', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 300 }), (arrivals) => {
        const limits = new FrequencyLimits([rule()], 10);
        const taken = arrivals.sort((a, b) => a - b).filter((atMs) => !limits.take('grab', client('u1'), atMs));
        for (const fromMs of taken) {
          const within = taken.filter((atMs) => atMs >= fromMs && atMs < fromMs + 1_000).length;
          expect(within).toBeLessThanOrEqual(10);
        }
      }),
    );
  });

  it('who tries on while refused is not kept out longer for it', () => {
    const limits = new FrequencyLimits([rule()]);
    for (let i = 0; i < 1_000; i += 1) limits.take('grab', client('u1'), 0);
    expect(limits.take('grab', client('u1'), 200)).toBeUndefined();
  });

  it('counts networks and devices, and knows no device where none is named', () => {
    const limits = new FrequencyLimits([rule({ by: 'network', max: 2 }), rule({ by: 'device', max: 1 })]);
    expect(limits.take('grab', client('u1', { device: 'd1' }), 0)).toBeUndefined();
    expect(limits.take('grab', client('u2', { device: 'd1' }), 0)).toMatchObject({ by: 'device', subject: 'd1' });
    expect(limits.take('grab', client('u3'), 0)).toBeUndefined();
    expect(limits.take('grab', client('u4'), 0)).toMatchObject({ by: 'network', subject: 'net' });
    expect(limits.take('grab', client('u5', { network: 'other' }), 0)).toBeUndefined();
  });

  it('takes nothing from a network for a person who is refused by themselves', () => {
    const limits = new FrequencyLimits([rule({ by: 'network', max: 4 }), rule({ max: 1 })]);
    for (let i = 0; i < 100; i += 1) limits.take('grab', client('greedy'), 0);
    for (const user of ['u1', 'u2', 'u3']) expect(limits.take('grab', client(user), 0)).toBeUndefined();
  });

  it('counts each API by itself, and not at all those without a rule', () => {
    const limits = new FrequencyLimits([rule({ max: 1 }), rule({ api: 'result', max: 1 })]);
    expect(limits.take('grab', client('u1'), 0)).toBeUndefined();
    expect(limits.take('result', client('u1'), 0)).toBeUndefined();
    for (let i = 0; i < 10; i += 1) expect(limits.take('cards', client('u1'), 0)).toBeUndefined();
    expect([limits.limits('grab'), limits.limits('cards')]).toEqual([true, false]);
  });

  it('takes new rules at once', () => {
    const limits = new FrequencyLimits([rule({ max: 1 })]);
    limits.take('grab', client('u1'), 0);
    limits.setRules([rule({ max: 100 })]);
    expect(limits.take('grab', client('u1'), 0)).toBeUndefined();
    limits.setRules([]);
    expect(limits.limits('grab')).toBe(false);
  });

  it('does not forget users when made-up devices flood it', () => {
    const limits = new FrequencyLimits([rule({ max: 1 }), rule({ by: 'device', max: 1 })], 1_000);
    limits.take('grab', client('u1'), 0);
    for (let i = 0; i < 5_000; i += 1) limits.take('grab', client(undefined, { device: `d${i}` }), 0);
    expect(limits.take('grab', client('u1'), 0)).toMatchObject({ by: 'user' });
  });
});

describe('the rules of production', () => {
  const CARRIER_PEOPLE = 30_000;
  const APIS = ['grab', 'result', 'room', 'challenge', 'events'] as const;
  const limits = () => new FrequencyLimits(DEFAULT_RULES.production);

  it.each(APIS)('%s: let everybody behind one address of a carrier come in the same moment', (api) => {
    const crowd = limits();
    const answers = Array.from({ length: CARRIER_PEOPLE }, (_, no) => crowd.take(api, client(`u${no}`), 0));
    expect(answers.find((excess) => excess !== undefined)).toBeUndefined();
  });

  it.each(APIS)('%s: refuse one person who comes without end', (api) => {
    const one = limits();
    const answers = Array.from({ length: 100 }, () => one.take(api, client('greedy'), 0));
    expect(answers[0]).toBeUndefined();
    expect(answers.at(-1)).toMatchObject({ by: 'user', subject: 'greedy' });
  });

  it('count a network only where nobody is asked for a name', () => {
    const nameless = DEFAULT_RULES.production.filter(({ by }) => by === 'network').map(({ api }) => api);
    expect(nameless).toEqual(['venue']);
    const venue = limits();
    const answers = Array.from({ length: CARRIER_PEOPLE }, () => venue.take('venue', client(undefined), 0));
    expect(answers.at(-1)).toMatchObject({ by: 'network', subject: 'net' });
    expect(venue.take('venue', client(undefined, { network: 'other' }), 0)).toBeUndefined();
  });
});

it('the rules of production are in the manual as they are, with a rule by network for grabs beside them', () => {
  const page = readFileSync(join(__dirname, '../../../../docs/operating/limits.md'), 'utf8');
  const [, text = ''] = /\{"rules":(\[[^\]]*\])\}/.exec(page) ?? [];
  const inManual = parseConfig(z.object({ R: frequencyRulesJson }), { R: text }).R;
  const { production } = DEFAULT_RULES;
  expect(inManual).toEqual(expect.arrayContaining([...production]));
  expect(inManual).toHaveLength(production.length + 1);
});

describe('FREQUENCY_RULES', () => {
  const parse = (text: string) => parseConfig(z.object({ R: frequencyRulesJson }), { R: text }).R;

  it('is a JSON list of rules', () => {
    expect(parse(JSON.stringify([rule()]))).toEqual([rule()]);
    expect(parse('[]')).toEqual([]);
  });

  it.each(['{', '{}', '[{"api":"grab"}]', '[{"api":"x","by":"user","perMs":1000,"max":1}]'])('is not %s', (text) => {
    expect(() => parse(text)).toThrow('must be a JSON list');
  });

  it('has defaults that hold to its own schema', () => {
    expect(parse(JSON.stringify(DEFAULT_RULES.production))).toEqual(DEFAULT_RULES.production);
    expect(DEFAULT_RULES.development).toEqual([]);
  });
});
