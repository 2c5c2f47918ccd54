import { signToken } from '../signed-token';
import { openPass, signPass } from './pass';

const KEY = 'a-key-of-this-test-alone-0123456789abcdef';
const claims = { userId: 'ann', campaignId: 'sale', kind: 'entry', expiresAtMs: 1_000 } as const;
const ann = { userId: 'ann', campaignId: 'sale' };

describe('passes', () => {
  it('open for whom they were signed', () => {
    expect(openPass(signPass(claims, KEY), ann, KEY, 999)).toEqual(claims);
  });

  it.each([
    ['another user', { ...ann, userId: 'bob' }, 0],
    ['another campaign', { ...ann, campaignId: 'split' }, 0],
    ['somebody late', ann, 1_000],
  ])('do not open for %s', (_, holder, nowMs) => {
    expect(openPass(signPass(claims, KEY), holder, KEY, nowMs)).toBeUndefined();
  });

  it('are nothing else that is signed, and nothing that is not', () => {
    const forged = signPass(claims, `${KEY}!`);
    for (const header of [undefined, '', 'x', ['a', 'b'], forged, signToken('checkout', claims, KEY)]) {
      expect(openPass(header, ann, KEY, 0)).toBeUndefined();
    }
  });
});
