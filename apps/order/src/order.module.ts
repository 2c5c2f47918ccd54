import { type PaymentChannel } from '@floodgate/domain/order';
import { type Clock, type IdSource } from '@floodgate/kernel';
import { CLOCK, DATA_SOURCE, Hops, IDS, KitModule, PlanFollowerModule } from '@floodgate/nest-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { type DataSource } from 'typeorm';
import { AwaitedChannel } from './adapters/awaited-channel';
import { channelProvider } from './adapters/channel.provider';
import { CheckoutTokens } from './adapters/checkout-token';
import { MysqlOrderStore } from './adapters/mysql-order-store';
import { type OrderConfig } from './config';
import { OrderController } from './grpc/order.controller';
import { OrderWork } from './order-work';
import { AWAITED_CHANNEL, CHANNEL, CONFIG } from './tokens';

@Module({})
export class OrderModule {
  static register(config: OrderConfig): DynamicModule {
    // Redis only tells of a new plan; without it this service works on, so it is no part of its readiness.
    const { REDIS_URL: _, ...kitConfig } = config;
    return {
      module: OrderModule,
      imports: [
        KitModule.forRoot({ name: 'order', config: kitConfig, outbox: true }),
        PlanFollowerModule.forRoot({ app: 'order', config }),
      ],
      controllers: [OrderController],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: CheckoutTokens, useValue: new CheckoutTokens(config.TOKEN_SECRET) },
        {
          provide: MysqlOrderStore,
          inject: [DATA_SOURCE, CLOCK, IDS],
          useFactory: (dataSource: DataSource, clock: Clock, ids: IdSource) =>
            new MysqlOrderStore(dataSource, clock, ids),
        },
        channelProvider,
        {
          provide: AWAITED_CHANNEL,
          inject: [CHANNEL, Hops],
          useFactory: (channel: PaymentChannel, hops: Hops) => new AwaitedChannel(channel, hops.of('order.channel')),
        },
        OrderWork,
      ],
    };
  }
}
