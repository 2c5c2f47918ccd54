import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { keyedDraws, sha256Hex } from './sha256';

const byNode = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

describe('sha256Hex', () => {
  it.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
    [
      'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
      'cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1',
    ],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ])('of a published vector is as published', (text, digest) => {
    expect(sha256Hex(text)).toBe(digest);
  });

  it('is what node:crypto says, for any text of any length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(sha256Hex(text)).toBe(byNode(text));
      }),
      { numRuns: 500 },
    );
    for (let length = 0; length < 200; length++) expect(sha256Hex('x'.repeat(length))).toBe(byNode('x'.repeat(length)));
  });

  it('takes half a surrogate pair as the sign for what cannot be read, as UTF-8 does', () => {
    expect(sha256Hex('a\ud800b')).toBe(byNode('a\ufffdb'));
  });
});

describe('keyedDraws', () => {
  const hex = fc.stringMatching(/^[0-9a-f]{64}$/);

  it('are the first 13 hex digits of SHA-256(key + label)', () => {
    fc.assert(
      fc.property(hex, fc.integer({ min: 1, max: 3 }), fc.stringMatching(/^[ -~]{0,55}$/), (digits, blocks, label) => {
        const key = digits.repeat(blocks);
        expect(keyedDraws(key)(label)).toBe(Number.parseInt(byNode(key + label).slice(0, 13), 16));
      }),
    );
  });

  it('do not depend on what was drawn before', () => {
    const draw = keyedDraws('0'.repeat(64));
    const other = keyedDraws('1'.repeat(64));
    const first = draw('one');
    draw('a much longer label than the one before it');
    other('one');
    expect(draw('one')).toBe(first);
  });

  it('refuse a key that does not fill its blocks and a label that does not fit', () => {
    expect(() => keyedDraws('')).toThrow(RangeError);
    expect(() => keyedDraws('0'.repeat(63))).toThrow(RangeError);
    expect(() => keyedDraws('é'.repeat(64))).toThrow(RangeError);
    expect(() => keyedDraws('0'.repeat(64))('x'.repeat(56))).toThrow(RangeError);
  });
});
