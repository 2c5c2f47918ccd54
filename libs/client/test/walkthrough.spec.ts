import { type ClientOutcome, messageFor } from '../src';
import { CLIENT_COPY, type Outcome, OUTCOMES } from '@floodgate/kernel';

const everything = [...Object.keys(OUTCOMES), ...Object.keys(CLIENT_COPY)] as (Outcome | ClientOutcome)[];

describe('what a person is told', () => {
  it.each(everything)('%s has words in both languages', (outcome) => {
    expect(messageFor(outcome, 'zh')).toMatch(/\p{Script=Han}/u);
    expect(messageFor(outcome, 'en')).toMatch(/^[A-Z][^<>{}]+[.!]$/);
  });

  it('has one name for one thing: no outcome of a server is also one of the client', () => {
    expect(new Set(everything).size).toBe(everything.length);
  });
});
