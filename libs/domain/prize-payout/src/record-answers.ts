import { type Clock } from '@floodgate/kernel';
import { ACCOUNTS, type Transfer } from './ledger';
import { type Payout, stepPayout } from './payout';
import { caseOf } from './payout-case';
import { type PayoutBook, type PayoutStore } from './ports';

/** What the channel said for sure about one attempt. */
export interface PayoutAnswer {
  readonly payoutId: string;
  readonly attempts: number;
  readonly event: 'paid' | 'refused';
}

export interface RecordPorts {
  readonly store: PayoutStore;
  readonly clock: Clock;
  /** How long a refused payout rests before it may be re-issued. */
  readonly reissueAfterMs: number;
  /** After so many refusals a case is opened, and nothing is tried by itself any more. */
  readonly attemptsMax: number;
}

/**
 * Writes what the channel said. May be called twice, late, or by two instances: the second changes nothing, so each payout
 * is settled in the ledger once. Throws IllegalPayoutStep for an answer about what was never sent.
 */
export async function recordAnswers(ports: RecordPorts, answers: readonly PayoutAnswer[]): Promise<void> {
  if (answers.length === 0) return;
  const byId = new Map(answers.map((answer) => [answer.payoutId, answer]));
  await ports.store.inTransaction(async (book) => {
    const locked = await book.lockPayouts([...byId.keys()]);
    const changed = locked.flatMap((payout) => {
      const answer = byId.get(payout.payoutId);
      const state = answer === undefined ? payout.state : stateAfter(payout, answer);
      return state === payout.state ? [] : [{ ...payout, state }];
    });
    await settle(
      book,
      changed.filter(({ state }) => state === 'SETTLED'),
    );
    await fail(
      book,
      ports,
      changed.filter(({ state }) => state === 'FAILED'),
    );
  });
}

function stateAfter(payout: Payout, answer: PayoutAnswer): Payout['state'] {
  // A refusal of an earlier attempt says nothing about the one that is under way.
  const stale = answer.event === 'refused' && answer.attempts !== payout.attempts;
  return stale ? payout.state : stepPayout(payout.state, answer.event);
}

async function settle(book: PayoutBook, payouts: readonly Payout[]): Promise<void> {
  if (payouts.length === 0) return;
  await book.markSettled(payouts.map(({ payoutId }) => payoutId));
  await book.appendTransfers(
    payouts.map(({ payoutId, userId, amountFen, campaignId }): Transfer => ({
      transferId: `settle:${payoutId}`,
      debitAccount: ACCOUNTS.user(userId),
      creditAccount: ACCOUNTS.channel(),
      amountFen,
      kind: 'SETTLE',
      campaignId,
      causationId: payoutId,
    })),
  );
  await book.announce(payouts.map((payout) => ({ kind: 'settled', payout })));
}

async function fail(book: PayoutBook, ports: RecordPorts, payouts: readonly Payout[]): Promise<void> {
  if (payouts.length === 0) return;
  const nowMs = ports.clock.nowMs();
  const exhausted = payouts.filter(({ attempts }) => attempts >= ports.attemptsMax);
  const retried = payouts.filter(({ attempts }) => attempts < ports.attemptsMax);
  await book.markFailed(
    retried.map(({ payoutId }) => payoutId),
    nowMs + ports.reissueAfterMs,
  );
  await book.markFailed(
    exhausted.map(({ payoutId }) => payoutId),
    undefined,
  );
  await book.openCases(
    exhausted.map((payout) => caseOf('PAYOUT_ATTEMPTS_EXHAUSTED', payout)),
    nowMs,
  );
  await book.announce(payouts.map((payout) => ({ kind: 'failed', payout, reason: 'refused by the channel' })));
}
