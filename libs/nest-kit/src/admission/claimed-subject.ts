import { isId } from '@floodgate/kernel';

const SUBJECT = '"sub":"';

/**
 * The user that an access token names, without any proof that it may: for what costs more to check than to get wrong. Undefined for what is no token.
 */
export function claimedSubject(token: string): string | undefined {
  const start = token.indexOf('.') + 1;
  const end = token.indexOf('.', start);
  if (start === 0 || end === -1) return undefined;
  const claims = Buffer.from(token.slice(start, end), 'base64url').toString('latin1');
  const from = claims.indexOf(SUBJECT);
  if (from === -1) return undefined;
  const subject = claims.slice(from + SUBJECT.length, claims.indexOf('"', from + SUBJECT.length));
  return isId(subject) ? subject : undefined;
}
