/**
 * What a payment channel answers when it is told to move money under a number. `failure` means that no money moved, for
 * sure. `unknown` means that it may have: ask again with the same number, never send it under a new one.
 */
export type ChannelAnswer = 'success' | 'failure' | 'unknown';

/** What a payment channel knows of a number. `not-found` is no failure: the request may still be on its way. */
export type ChannelState = 'success' | 'failure' | 'not-found' | 'unknown';
