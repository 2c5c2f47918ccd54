import { CLIENT_COPY, type Outcome, OUTCOMES } from '@floodgate/kernel';
import { type ClientOutcome } from './results';

export type Language = 'zh' | 'en';

/** What to tell the person: words for every answer and for everything that can happen instead of one. */
export function messageFor(outcome: Outcome | ClientOutcome, language: Language): string {
  return outcome in CLIENT_COPY
    ? CLIENT_COPY[outcome as ClientOutcome][language]
    : OUTCOMES[outcome as Outcome][language];
}
