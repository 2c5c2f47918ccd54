import { randomInt } from 'node:crypto';
import { type RandomSource } from '@floodgate/domain/card-collection';

/** Nobody can guess the next card from those before. */
export class CryptoRandomSource implements RandomSource {
  below(limit: number): number {
    return randomInt(limit);
  }
}
