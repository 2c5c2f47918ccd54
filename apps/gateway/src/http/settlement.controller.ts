import { callUnary } from '@floodgate/nest-kit';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Admitted } from '../admission/route-admission';
import { Services } from '../services';
import { SignedIn, UserId } from './identity';
import { EmptyBody, GrabParams, OrderAnswer, OrderParams, PaymentBody, PayoutAnswer } from './schemas';
import { toOrderView, toPayoutView } from './settlement-json';

/** What a grant leads to. Results and payments: the plan sheds none of them. */
@ApiTags('participants')
@SignedIn()
@Controller()
export class SettlementController {
  constructor(private readonly services: Services) {}

  /** The money on its way; WAIT until it is booked. */
  @Get('campaigns/:campaignId/pools/:poolId/grabs/:grabId/payout')
  @Admitted('result')
  @ApiOkResponse({ type: PayoutAnswer })
  async payout(@UserId() userId: string, @Param() grab: GrabParams): Promise<PayoutAnswer> {
    const { prizePayout, hops } = this.services;
    const { payout } = await callUnary(prizePayout, prizePayout.getPayout, { userId, ...grab }, hops.prizePayout);
    return { outcome: 'OK', payout: toPayoutView(payout) };
  }

  /** The order; WAIT until it is created. */
  @Get('campaigns/:campaignId/pools/:poolId/grabs/:grabId/order')
  @Admitted('result')
  @ApiOkResponse({ type: OrderAnswer })
  async order(@UserId() userId: string, @Param() grab: GrabParams): Promise<OrderAnswer> {
    const { order: client, hops } = this.services;
    const { order } = await callUnary(client, client.getOrder, { userId, ...grab }, hops.order);
    return { outcome: 'OK', order: toOrderView(order) };
  }

  /** Pays. The same paymentId again gives the same answer. */
  @Post('orders/:orderId/payments')
  @Admitted('pay')
  @HttpCode(200)
  @ApiOkResponse({ type: OrderAnswer })
  async pay(
    @UserId() userId: string,
    @Param() { orderId }: OrderParams,
    @Body() { paymentId, checkoutToken }: PaymentBody,
  ): Promise<OrderAnswer> {
    const { order: client, hops } = this.services;
    const { order } = await callUnary(
      client,
      client.payOrder,
      { userId, orderId, paymentId, checkoutToken },
      hops.order,
    );
    return { outcome: 'OK', order: toOrderView(order) };
  }

  /** Gives the unit back. */
  @Post('orders/:orderId/cancellation')
  @Admitted('pay')
  @HttpCode(200)
  @ApiOkResponse({ type: OrderAnswer })
  async cancel(
    @UserId() userId: string,
    @Param() { orderId }: OrderParams,
    @Body() _: EmptyBody,
  ): Promise<OrderAnswer> {
    const { order: client, hops } = this.services;
    const { order } = await callUnary(client, client.cancelOrder, { userId, orderId }, hops.order);
    return { outcome: 'OK', order: toOrderView(order) };
  }
}
