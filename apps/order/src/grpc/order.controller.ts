import { orderV1 } from '@floodgate/contracts';
import {
  cancelOrder,
  getOrder,
  type Order,
  type OrderState,
  type PaymentChannel,
  payOrder,
  type PayOrderResult,
} from '@floodgate/domain/order';
import { type Clock, isId, OutcomeError } from '@floodgate/kernel';
import { CLOCK, validate } from '@floodgate/nest-kit';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { z } from 'zod';
import { CheckoutTokens } from '../adapters/checkout-token';
import { MysqlOrderStore } from '../adapters/mysql-order-store';
import { type OrderConfig } from '../config';
import { AWAITED_CHANNEL, CONFIG } from '../tokens';

const id = z.string().refine(isId, 'must be 1 to 64 of letters, digits, - and _');
const getOrderSchema = z.object({ userId: id, campaignId: id, poolId: id, grabId: id });
const payOrderSchema = z.object({ userId: id, orderId: id, paymentId: id, checkoutToken: z.string().max(1_024) });
const cancelOrderSchema = z.object({ userId: id, orderId: id });

@Controller()
export class OrderController {
  constructor(
    private readonly store: MysqlOrderStore,
    private readonly tokens: CheckoutTokens,
    @Inject(AWAITED_CHANNEL) private readonly channel: Pick<PaymentChannel, 'collect'>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: OrderConfig,
  ) {}

  @GrpcMethod('OrderService', 'GetOrder')
  async getOrder(request: orderV1.GetOrderRequest): Promise<orderV1.GetOrderResponse> {
    const result = await getOrder(this.store, validate(getOrderSchema, request));
    switch (result.kind) {
      case 'found': {
        const checkoutToken = this.tokens.issue(result.found, this.clock.nowMs());
        return { order: toMessage(result.found.order, checkoutToken) };
      }
      case 'not-yet':
        throw new OutcomeError('WAIT', 'the order is being made', { pollAfterMs: this.config.ORDER_POLL_AFTER_MS });
      case 'not-yours':
        throw new OutcomeError('INVALID_REQUEST', 'this grab is not yours', { field: 'grabId' });
    }
  }

  @GrpcMethod('OrderService', 'PayOrder')
  async payOrder(request: orderV1.PayOrderRequest): Promise<orderV1.PayOrderResponse> {
    const { checkoutToken, ...ids } = validate(payOrderSchema, request);
    const ports = {
      store: this.store,
      channel: this.channel,
      clock: this.clock,
      askAfterMs: this.config.PAYMENT_ASK_AFTER_MS,
    };
    const result = await payOrder(ports, { ...ids, checkout: this.tokens.read(checkoutToken, this.clock.nowMs()) });
    if (result.kind === 'paid') return { order: toMessage(result.order, '') };
    throw paymentRefusal(result.kind, this.config.ORDER_POLL_AFTER_MS);
  }

  @GrpcMethod('OrderService', 'CancelOrder')
  async cancelOrder(request: orderV1.CancelOrderRequest): Promise<orderV1.CancelOrderResponse> {
    const result = await cancelOrder(this.store, this.clock, validate(cancelOrderSchema, request));
    switch (result.kind) {
      case 'cancelled':
        return { order: toMessage(result.order, '') };
      case 'no-such-order':
        throw new OutcomeError('INVALID_REQUEST', 'there is no such order of yours', { field: 'orderId' });
      case 'paid':
        throw new OutcomeError('CONFLICT', 'the order is paid');
      case 'expired':
        throw new OutcomeError('ORDER_EXPIRED', '');
    }
  }
}

function paymentRefusal(kind: Exclude<PayOrderResult['kind'], 'paid'>, pollAfterMs: number): OutcomeError {
  switch (kind) {
    case 'pending':
      return new OutcomeError('PAYMENT_PENDING', '', { pollAfterMs });
    case 'refused':
      return new OutcomeError('TRY_LATER', 'the channel refused the payment; nothing was taken');
    case 'expired':
      return new OutcomeError('ORDER_EXPIRED', '');
    case 'cancelled':
      return new OutcomeError('CONFLICT', 'the order was cancelled');
    case 'other-payment':
      return new OutcomeError('CONFLICT', 'another payment of this order is under way or was made', {
        field: 'paymentId',
      });
    case 'no-such-order':
      return new OutcomeError('INVALID_REQUEST', 'there is no such order of yours', { field: 'orderId' });
    case 'bad-token':
      return new OutcomeError('INVALID_REQUEST', 'the checkout token does not hold', { field: 'checkoutToken' });
  }
}

const STATES: Record<OrderState, orderV1.OrderState> = {
  PENDING: orderV1.OrderState.ORDER_STATE_PENDING,
  PAID: orderV1.OrderState.ORDER_STATE_PAID,
  CANCELLED: orderV1.OrderState.ORDER_STATE_CANCELLED,
  EXPIRED: orderV1.OrderState.ORDER_STATE_EXPIRED,
};

function toMessage(order: Order, checkoutToken: string): orderV1.Order {
  return {
    orderId: order.orderId,
    campaignId: order.campaignId,
    poolId: order.poolId,
    grabId: order.grabId,
    unitNo: order.unitNo,
    priceFen: String(order.priceFen),
    state: STATES[order.state],
    expiresAtMs: String(order.expiresAtMs),
    checkoutToken,
  };
}
