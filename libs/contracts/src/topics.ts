import {
  CampaignPublishedV1,
  SharesFixedV1,
  TaskCompletedV1,
  UserQualifiedV1,
} from './generated/floodgate/events/v1/activity_events';
import {
  CardDrawnV1,
  RedemptionsCountedV1,
  SetRedeemedV1,
} from './generated/floodgate/events/v1/card_collection_events';
import { PlanPublishedV1 } from './generated/floodgate/events/v1/degradation_plan_events';
import { UnitGrantedV1, UnitReleasedV1 } from './generated/floodgate/events/v1/inventory_events';
import {
  OrderCancelledV1,
  OrderCreatedV1,
  OrderExpiredV1,
  OrderPaidV1,
} from './generated/floodgate/events/v1/order_events';
import { CaseOpenedV1, PayoutFailedV1, PayoutSettledV1 } from './generated/floodgate/events/v1/prize_payout_events';
import { StockLogRecordV1 } from './generated/floodgate/events/v1/stock_log';

/** Encodes a message as canonical proto3 JSON and back. Satisfied by every generated message. */
export interface JsonCodec<T> {
  fromJSON(json: unknown): T;
  toJSON(message: T): unknown;
}

export interface Topic<T> {
  readonly name: string;
  readonly codec: JsonCodec<T>;
}

const topic = <T>(name: string, codec: JsonCodec<T>): Topic<T> => ({ name, codec });

/**
 * Every topic with the message it carries. Partition counts and settings stand in topics.json beside this library's src,
 * which also serves the set-up script; a test holds the two against each other.
 */
export const TOPICS = {
  campaignPublished: topic('activity.campaign-published.v1', CampaignPublishedV1),
  taskCompleted: topic('activity.task-completed.v1', TaskCompletedV1),
  userQualified: topic('activity.user-qualified.v1', UserQualifiedV1),
  sharesFixed: topic('activity.shares-fixed.v1', SharesFixedV1),
  cardDrawn: topic('card-collection.card-drawn.v1', CardDrawnV1),
  setRedeemed: topic('card-collection.set-redeemed.v1', SetRedeemedV1),
  redemptionsCounted: topic('card-collection.redemptions-counted.v1', RedemptionsCountedV1),
  stockLog: topic('inventory.stock-log.v1', StockLogRecordV1),
  unitGranted: topic('inventory.unit-granted.v1', UnitGrantedV1),
  unitReleased: topic('inventory.unit-released.v1', UnitReleasedV1),
  orderCreated: topic('order.order-created.v1', OrderCreatedV1),
  orderPaid: topic('order.order-paid.v1', OrderPaidV1),
  orderCancelled: topic('order.order-cancelled.v1', OrderCancelledV1),
  orderExpired: topic('order.order-expired.v1', OrderExpiredV1),
  payoutSettled: topic('prize-payout.payout-settled.v1', PayoutSettledV1),
  payoutFailed: topic('prize-payout.payout-failed.v1', PayoutFailedV1),
  caseOpened: topic('prize-payout.case-opened.v1', CaseOpenedV1),
  planPublished: topic('degradation-plan.plan-published.v1', PlanPublishedV1),
} as const;
