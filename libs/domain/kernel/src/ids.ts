/** What isId checks, for schemas that show it. */
export const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** Ids of users, campaigns, pools, cards, tasks, grabs and draws: 1 to 64 of letters, digits, `_` and `-`. */
export function isId(value: string): boolean {
  return ID_PATTERN.test(value);
}

/** Makes ids that nobody can guess and that sort by time (UUID version 7). */
export interface IdSource {
  next(): string;
}
