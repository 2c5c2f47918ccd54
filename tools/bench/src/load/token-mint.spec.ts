import { verifyJwt } from '@floodgate/nest-kit';
import { tokenMint } from './token-mint';

const SECRET = 'a-secret-that-is-long-enough-for-hs256';

describe('tokenMint', () => {
  it('makes tokens that the gateway takes, each for its own user', () => {
    const mint = tokenMint(SECRET);
    for (const userId of ['b1-u0', 'b1-u1']) {
      expect(verifyJwt(mint(userId), SECRET)).toEqual({ userId, roles: ['participant'] });
    }
    expect(mint('b1-u0', '1')).not.toBe(mint('b1-u0', '2'));
    expect(verifyJwt(mint('b1-u0', '1'), SECRET)?.userId).toBe('b1-u0');
    expect(verifyJwt(mint('b1-u0'), `${SECRET}!`)).toBeUndefined();
  });
});
