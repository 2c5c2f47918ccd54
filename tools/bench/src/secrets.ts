import { type StackEnvironment, StackTrouble } from '@floodgate/tools/stack';

/** What the gateway checks tokens with. */
export function jwtSecretOf(environment: StackEnvironment): string {
  const secret = environment.apps.gateway.env['JWT_SECRET'];
  if (secret === undefined) throw new StackTrouble('The gateway is given no JWT_SECRET.');
  return secret;
}
