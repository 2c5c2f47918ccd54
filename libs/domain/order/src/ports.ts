import { type ChannelAnswer, type ChannelState, type Fen } from '@floodgate/kernel';
import { type Order, type OrderState } from './order';
import { type Payment, type PaymentState } from './payment';

/** The outside system that takes the money. It never throws: trouble on the way is `unknown`. */
export interface PaymentChannel {
  /** The same number again is the same collection; one that failed is tried again. */
  collect(number: string, userId: string, amountFen: Fen): Promise<ChannelAnswer>;
  /** Gives back what was collected. The same number again is the same refund. */
  refund(number: string, userId: string, amountFen: Fen): Promise<ChannelAnswer>;
  /** After `closed` nothing can be collected under this number any more; `success` says that it was collected before. */
  close(number: string, userId: string, amountFen: Fen): Promise<'closed' | 'success' | 'unknown'>;
  query(number: string): Promise<ChannelState>;
}

export interface OrderWithPayment {
  readonly order: Order;
  readonly payment: Payment | undefined;
}

export type OrderHappening =
  | { readonly kind: 'created'; readonly order: Order; readonly causationId: string }
  | { readonly kind: 'paid'; readonly order: Order; readonly paymentId: string }
  | { readonly kind: 'cancelled'; readonly order: Order }
  | { readonly kind: 'expired'; readonly order: Order };

/** Orders and payments within one transaction: all that is done through it commits together, or nothing does. */
export interface OrderBook {
  /** Which of these orders exist. */
  existing(orderIds: readonly string[]): Promise<ReadonlySet<string>>;
  insertOrders(orders: readonly Order[]): Promise<void>;
  /** Locks the order's row first and its payment's after it; everyone locks in this order. */
  lock(orderId: string): Promise<OrderWithPayment | undefined>;
  /** PENDING orders whose time is up, oldest first, locked; those that somebody else has locked are left out. */
  lockExpired(nowMs: number, max: number): Promise<Order[]>;
  /** Compare-and-set from PENDING. Throws when one of them is not PENDING: the caller holds the locks. */
  leavePending(orderIds: readonly string[], to: OrderState): Promise<void>;
  insertPayment(payment: Payment, askAtMs: number): Promise<void>;
  updatePayment(payment: Payment, askAtMs: number | undefined): Promise<void>;
  /** COLLECTING and REFUSED payments of these orders become CLOSING and are asked about at once. */
  closePayments(orderIds: readonly string[], nowMs: number): Promise<void>;
  /** Notes events that are published when the transaction commits. */
  announce(happenings: readonly OrderHappening[]): Promise<void>;
}

export interface OrderStore {
  /** Runs again from the start after a deadlock, so `work` must have no effect outside. */
  inTransaction<T>(work: (book: OrderBook) => Promise<T>): Promise<T>;
  /** The orders that this grabId led to, of whichever user. */
  findByGrab(campaignId: string, poolId: string, grabId: string): Promise<OrderWithPayment[]>;
  /**
   * Takes payments in these states that are due, puts their next turn off by `leaseMs` and counts the ask, so that of
   * several instances one asks, and the next one if that one dies.
   */
  claimDuePayments(
    states: readonly PaymentState[],
    nowMs: number,
    leaseMs: number,
    max: number,
  ): Promise<ClaimedPayment[]>;
}

export interface ClaimedPayment {
  readonly order: Order;
  readonly payment: Payment;
}
