import { channelMigrations, type ChannelFaults, FakeChannel, NO_FAULTS } from '@floodgate/adapters/fake-channel';
import { selectRows } from '@floodgate/adapters/mysql';
import {
  type ChasePorts,
  chasePayments,
  createOrders,
  expireOrders,
  type GrantedUnit,
  type Order,
  type PaymentChannel,
  payOrder,
  type PayOrderResult,
} from '@floodgate/domain/order';
import { type Clock, fen } from '@floodgate/kernel';
import { createTestDatabase, MemoryLog, type TestDatabase } from '@floodgate/testing';
import { v7 } from 'uuid';
import { MysqlOrderStore } from '../src/adapters/mysql-order-store';
import { orderIdOf } from '../src/adapters/order-id';
import { orderMigrations } from '../src/migrations';

const LEASE_MS = 10_000;
export const PRICE_FEN = fen(990);
export const PAY_WITHIN_MS = 60_000;

/** Real databases of one suite, a channel, and a clock that only moves when told to. */
export class OrderBench {
  readonly log = new MemoryLog();
  readonly ids = { next: () => v7() };
  nowMs = 1_000_000;
  readonly clock: Clock = { nowMs: () => this.nowMs };
  readonly store: MysqlOrderStore;
  private units = 0;

  private constructor(
    readonly database: TestDatabase,
    private readonly channelDatabase: TestDatabase,
  ) {
    this.store = new MysqlOrderStore(database.dataSource, this.clock, this.ids);
  }

  static async open(): Promise<OrderBench> {
    return new OrderBench(await createTestDatabase(orderMigrations), await createTestDatabase(channelMigrations));
  }

  async close(): Promise<void> {
    await this.database.drop();
    await this.channelDatabase.drop();
  }

  channel(faults: Partial<ChannelFaults> = {}): FakeChannel {
    return new FakeChannel(this.channelDatabase.dataSource, this.log, { ...NO_FAULTS, ...faults });
  }

  grant(more: Partial<GrantedUnit> = {}): GrantedUnit {
    const position = { campaignId: 'c1', poolId: 'p1', unitNo: this.units++, generation: 0 };
    return {
      ...position,
      eventId: v7(),
      orderId: orderIdOf({ ...position, ...more }),
      grabId: v7(),
      userId: 'u1',
      priceFen: PRICE_FEN,
      payWithinMs: PAY_WITHIN_MS,
      ...more,
    };
  }

  async newOrder(): Promise<Order> {
    const [order] = await this.store.inTransaction((book) => createOrders(book, [this.grant()], this.nowMs));
    if (order === undefined) throw new Error('no order was created');
    return order;
  }

  /** A first payment with a sound token, unless said otherwise. */
  pay(order: Order, channel: PaymentChannel, paymentId = 'pay1', checkouts = 0): Promise<PayOrderResult> {
    const { userId, orderId } = order;
    const ports = { store: this.store, channel, clock: this.clock, askAfterMs: LEASE_MS };
    return payOrder(ports, { userId, orderId, paymentId, checkout: { userId, orderId, checkouts } });
  }

  /** Ends what is due `lateMs` from now, by the clock of an instance that is so much ahead. */
  expire(lateMs = PAY_WITHIN_MS): Promise<number> {
    return expireOrders(this.store, { nowMs: () => this.nowMs + lateMs }, 100);
  }

  /** Lets every lease run out and asks, until no payment is left open. */
  async chase(channel: PaymentChannel, more: Partial<ChasePorts> = {}): Promise<void> {
    const { store, clock } = this;
    const ports = { store, channel, clock, leaseMs: LEASE_MS, max: 50, asksMax: 99, onStuck: () => undefined, ...more };
    for (let round = 0; round < 20 && (await this.openPayments()) > 0; round++) {
      this.nowMs += LEASE_MS + 1;
      await chasePayments(ports);
    }
  }

  async openPayments(): Promise<number> {
    const sql = `SELECT COUNT(*) AS n FROM payments WHERE state IN ('COLLECTING', 'CLOSING', 'REFUNDING')`;
    const [row] = await selectRows<{ n: string }>(this.database.dataSource, sql);
    return Number(row?.n);
  }

  /** How the order and its payment stand, the channel's entries about it, and the events about its end. */
  async ending(order: Order): Promise<{ order: string; payment: string | null; entries: string[]; events: string[] }> {
    const [row] = await selectRows<{ order: string; payment: string | null }>(
      this.database.dataSource,
      'SELECT o.state AS `order`, p.state AS payment FROM orders o LEFT JOIN payments p USING (order_id) WHERE o.order_id = ?',
      [order.orderId],
    );
    if (row === undefined) throw new Error('the order is gone');
    const entries = await selectRows<{ entry: string }>(
      this.channelDatabase.dataSource,
      `SELECT CONCAT(direction, ' ', state, ' ', amount_fen) AS entry FROM channel_entries WHERE number LIKE ? ORDER BY number`,
      [`${order.orderId}%`],
    );
    const events = await selectRows<{ topic: string }>(
      this.database.dataSource,
      `SELECT topic FROM outbox WHERE topic <> 'order.order-created.v1' AND payload LIKE ?`,
      [`%"${order.orderId}"%`],
    );
    return { ...row, entries: entries.map(({ entry }) => entry), events: events.map(({ topic }) => topic) };
  }
}

/** The channel, with a process that dies before it is told to collect, or before it hears the answer. */
export function killedAt(moment: 'before' | 'after', channel: FakeChannel): PaymentChannel {
  return {
    async collect(number, userId, amountFen) {
      if (moment === 'after') await channel.collect(number, userId, amountFen);
      throw new Error(`killed ${moment} the channel's answer`);
    },
    refund: (number, userId, amountFen) => channel.refund(number, userId, amountFen),
    close: (number, userId, amountFen) => channel.close(number, userId, amountFen),
    query: (number) => channel.query(number),
  };
}
