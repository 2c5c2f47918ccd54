import { fen, sumFen } from '@floodgate/kernel';
import fc from 'fast-check';
import { ACCOUNTS, balancesOf, isGuarded, postTransfers, type Transfer } from './ledger';

const accounts = [
  ACCOUNTS.sponsor(),
  ACCOUNTS.channel(),
  ACCOUNTS.pool('c1', 'p1'),
  ACCOUNTS.pool('c1', 'p2'),
  ACCOUNTS.user('u1'),
  ACCOUNTS.user('u2'),
  ACCOUNTS.merchant('c1'),
];

const transferBetween = (debitAccount: string, creditAccount: string, amount: number, id = 't1'): Transfer => ({
  transferId: id,
  debitAccount,
  creditAccount,
  amountFen: fen(amount),
  kind: 'BOOK',
  campaignId: 'c1',
  causationId: 'e1',
});

const transfers = fc
  .array(fc.tuple(fc.constantFrom(...accounts), fc.constantFrom(...accounts), fc.integer({ min: 1, max: 1_000 })), {
    maxLength: 60,
  })
  .map((rows) =>
    rows
      .filter(([from, to]) => from !== to)
      .map(([from, to, amount], index) => transferBetween(from, to, amount, `t${index}`)),
  );

describe('the ledger', () => {
  it('balances to zero after any sequence', () => {
    fc.assert(
      fc.property(transfers, (sequence) => {
        expect(sumFen(balancesOf(sequence).values())).toBe(0);
        expect(sumFen(balancesOf(postTransfers(new Map(), sequence).posted).values())).toBe(0);
      }),
    );
  });

  it('never overdraws a pool, and keeps its balance equal to what the ledger says', () => {
    fc.assert(
      fc.property(transfers, fc.integer({ min: 0, max: 2_000 }), (sequence, openingFen) => {
        const pool = ACCOUNTS.pool('c1', 'p1');
        const { posted, refused, balances } = postTransfers(new Map([[pool, fen(openingFen)]]), sequence);
        expect(posted.length + refused.length).toBe(sequence.length);
        const byLedger = balancesOf(posted);
        for (const [account, balance] of balances) {
          expect(balance).toBeGreaterThanOrEqual(0);
          expect(balance).toBe((account === pool ? openingFen : 0) + (byLedger.get(account) ?? 0));
        }
        for (const account of byLedger.keys()) expect(balances.has(account)).toBe(isGuarded(account));
      }),
    );
  });

  it('takes each transfer by itself: one that is too large does not stop a smaller one after it', () => {
    const pool = ACCOUNTS.pool('c1', 'p1');
    const large = transferBetween(pool, ACCOUNTS.user('u1'), 101, 'large');
    const small = transferBetween(pool, ACCOUNTS.user('u2'), 100, 'small');
    const { posted, refused, balances } = postTransfers(new Map([[pool, fen(100)]]), [large, small]);
    expect([posted, refused, balances.get(pool)]).toEqual([[small], [large], 0]);
  });

  it.each([
    ['nothing', transferBetween('sponsor', 'channel', 0)],
    ['less than nothing', transferBetween('sponsor', 'channel', -1)],
    ['from an account to itself', transferBetween('sponsor', 'sponsor', 1)],
  ])('refuses to move %s', (_what, transfer) => {
    expect(() => postTransfers(new Map(), [transfer])).toThrow(RangeError);
  });

  it('lets nobody but the pools be guarded: the sponsor may owe', () => {
    expect(accounts.filter(isGuarded)).toEqual([ACCOUNTS.pool('c1', 'p1'), ACCOUNTS.pool('c1', 'p2')]);
  });
});
