import { Outcome as WireOutcome } from '@floodgate/contracts';
import { CLIENT_COPY, isOutcome, type Outcome, type OutcomeRule, OUTCOMES, type Retry } from './outcome';

const rows = Object.entries(OUTCOMES) as [Outcome, OutcomeRule][];
const RETRIES: readonly Retry[] = ['never', 'poll', 'back-off'];
const HAN = /\p{Script=Han}/u;

describe('outcomes', () => {
  it('are the ones of the contracts', () => {
    const onTheWire = Object.values(WireOutcome)
      .map((name) => name.replace(/^OUTCOME_/, ''))
      .filter((name) => name !== 'UNSPECIFIED' && name !== 'UNRECOGNIZED');
    expect(Object.keys(OUTCOMES).sort()).toEqual(onTheWire.sort());
  });

  it.each(rows)('%s has a status, a retry rule and words in both languages', (_, rule) => {
    expect(rule.httpStatus).toBeGreaterThanOrEqual(200);
    expect(rule.httpStatus).toBeLessThan(600);
    expect(Number.isInteger(rule.httpStatus)).toBe(true);
    expect(RETRIES).toContain(rule.retry);
    expect(rule.zh).toMatch(HAN);
    expect(rule.en).toMatch(/^[A-Z].*[.!]$/);
    expect(rule.en).not.toMatch(HAN);
  });

  it('blame the server only where trying again may help', () => {
    const serverErrors = rows.filter(([, rule]) => rule.httpStatus >= 500);
    expect(serverErrors.filter(([, rule]) => rule.retry === 'never')).toEqual([]);
  });

  it('have no two that say the same to a person', () => {
    for (const language of ['zh', 'en'] as const) {
      const words = rows.map(([, rule]) => rule[language]);
      expect(new Set(words).size).toBe(words.length);
    }
  });

  it('are known by name, and nothing inherited is one', () => {
    expect(isOutcome('GRANTED')).toBe(true);
    for (const other of ['granted', 'toString', '__proto__', '']) expect(isOutcome(other)).toBe(false);
  });
});

describe('words of the client', () => {
  it.each(Object.entries(CLIENT_COPY))('%s is said in both languages', (_, copy) => {
    expect(copy.zh).toMatch(HAN);
    expect(copy.en).toMatch(/^[A-Z].*[.!]$/);
  });
});
