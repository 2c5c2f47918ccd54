import { activityV1, cardCollectionV1, inventoryV1, orderV1, prizePayoutV1 } from '@floodgate/contracts';
import { createGrpcClient, type Hop, Hops, Lifecycle } from '@floodgate/nest-kit';
import { Inject, Injectable } from '@nestjs/common';
import { type Config, CONFIG } from './config';

/** One instance of inventory, by its own address: a grab is for one of them and for no other. */
export interface InventoryClient {
  readonly address: string;
  readonly client: inventoryV1.InventoryServiceClient;
}

/** The services behind the gateway. Calls go through nest-kit's callUnary, each as the hop that it is, whose budget is its deadline. */
@Injectable()
export class Services {
  readonly activity: activityV1.ActivityServiceClient;
  readonly cardCollection: cardCollectionV1.CardCollectionServiceClient;
  readonly inventory: readonly InventoryClient[];
  readonly order: orderV1.OrderServiceClient;
  readonly prizePayout: prizePayoutV1.PrizePayoutServiceClient;
  readonly hops: {
    readonly grab: Hop;
    readonly activity: Hop;
    readonly participateStatus: Hop;
    readonly cardCollection: Hop;
    readonly inventoryRead: Hop;
    readonly poolCounts: Hop;
    readonly order: Hop;
    readonly prizePayout: Hop;
    readonly payoutCount: Hop;
  };

  constructor(@Inject(CONFIG) config: Config, lifecycle: Lifecycle, hops: Hops) {
    this.hops = {
      grab: hops.of('gateway.grab'),
      activity: hops.of('activity.call'),
      participateStatus: hops.of('activity.participate-status'),
      cardCollection: hops.of('card-collection.call'),
      inventoryRead: hops.of('inventory.read'),
      poolCounts: hops.of('inventory.count-pools'),
      order: hops.of('order.call'),
      prizePayout: hops.of('prize-payout.call'),
      payoutCount: hops.of('prize-payout.count-payouts'),
    };
    this.activity = createGrpcClient(activityV1.ActivityServiceClient, config.ACTIVITY_GRPC);
    this.cardCollection = createGrpcClient(cardCollectionV1.CardCollectionServiceClient, config.CARD_COLLECTION_GRPC);
    const silentMsMax = config.INVENTORY_SILENT_MS_MAX;
    this.inventory = config.INVENTORY_GRPC.map((address) => ({
      address,
      client: createGrpcClient(inventoryV1.InventoryServiceClient, address, { silentMsMax }),
    }));
    this.order = createGrpcClient(orderV1.OrderServiceClient, config.ORDER_GRPC);
    this.prizePayout = createGrpcClient(prizePayoutV1.PrizePayoutServiceClient, config.PRIZE_PAYOUT_GRPC);
    lifecycle.onClose(() => {
      for (const { client } of this.inventory) client.close();
      for (const client of [this.activity, this.cardCollection, this.order, this.prizePayout]) client.close();
    });
  }
}
