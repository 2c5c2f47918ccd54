/** An id that the API takes: letters and digits, 128 random bits. */
export function newId(): string {
  return globalThis.crypto.randomUUID();
}

/**
 * The user that an access token names, for evaluating the plan as the servers do. The signature is theirs to check; a token
 * that cannot be read names nobody.
 */
export function userIdOf(token: string): string | undefined {
  const payload = token.split('.')[1];
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(globalThis.atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    return typeof claims === 'object' && claims !== null && 'sub' in claims && typeof claims.sub === 'string'
      ? claims.sub
      : undefined;
  } catch {
    return undefined;
  }
}
