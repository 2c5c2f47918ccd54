import { type Invariant } from '../invariant';
import { clientsWereToldTheTruth } from './clients-were-told-the-truth';
import { everyGrantHasItsOrderOrPayout } from './every-grant-has-its-order-or-payout';
import { everyReleasedUnitIsFreeOrGrantedAgain } from './every-released-unit-is-free-or-granted-again';
import { ledgerBalancesToZero } from './ledger-balances-to-zero';
import { ledgerEqualsBalances } from './ledger-equals-balances';
import { ledgerEqualsChannelStatement } from './ledger-equals-channel-statement';
import { noOpenPromiseAfterQuiesce } from './no-open-promise-after-quiesce';
import { noUnitGrantedTwice } from './no-unit-granted-twice';
import { noUserTwice } from './no-user-twice';
import { packetsSealedBeforeT0 } from './packets-sealed-before-t0';
import { packetsSumToPool } from './packets-sum-to-pool';
import { paidOrderIsCollected } from './paid-order-is-collected';
import { poolNeverOverdrawn } from './pool-never-overdrawn';
import { registerEqualsFold } from './register-equals-fold';
import { stockAddsUp } from './stock-adds-up';

/** What the stores say by themselves, in the order in which it is reported. */
export const STORE_INVARIANTS: readonly Invariant[] = [
  noUnitGrantedTwice,
  noUserTwice,
  stockAddsUp,
  registerEqualsFold,
  packetsSumToPool,
  packetsSealedBeforeT0,
  ledgerBalancesToZero,
  ledgerEqualsBalances,
  ledgerEqualsChannelStatement,
  poolNeverOverdrawn,
  everyGrantHasItsOrderOrPayout,
  paidOrderIsCollected,
  noOpenPromiseAfterQuiesce,
  everyReleasedUnitIsFreeOrGrantedAgain,
];

/** What needs the clients' own log too. */
export const CLIENT_INVARIANTS: readonly Invariant[] = [clientsWereToldTheTruth];
