import { type Identity } from '../jwt';

/** An identity, and the token's own id where it has one. */
export interface TokenIdentity extends Identity {
  readonly tokenId?: string;
}
