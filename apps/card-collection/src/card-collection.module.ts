import { DrawCard, GetCards, RedeemSet } from '@floodgate/domain/card-collection';
import { type Clock, type IdSource } from '@floodgate/kernel';
import { CLOCK, DATA_SOURCE, IDS, KitModule, PlanFollowerModule } from '@floodgate/nest-kit';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { type DataSource } from 'typeorm';
import { CryptoRandomSource } from './adapters/crypto-random-source';
import { MysqlCardCampaigns } from './adapters/mysql-card-campaigns';
import { MysqlDraws } from './adapters/mysql-draws';
import { MysqlHoldings } from './adapters/mysql-holdings';
import { MysqlRedemptionCounts } from './adapters/mysql-redemption-counts';
import { MysqlRedemptions } from './adapters/mysql-redemptions';
import { type CardCollectionConfig } from './config';
import { CampaignPublishedConsumer } from './consumers/campaign-published.consumer';
import { TaskCompletedConsumer } from './consumers/task-completed.consumer';
import { CardCollectionController } from './grpc/card-collection.controller';
import { RedemptionCountJob } from './redemption-count-job';
import { CARD_COLLECTION_STREAMS, type CardCollectionStreams, STREAMS } from './streams';

@Module({})
export class CardCollectionModule {
  static register(
    config: CardCollectionConfig,
    streams: CardCollectionStreams = CARD_COLLECTION_STREAMS,
  ): DynamicModule {
    // Redis only tells of a new plan; without it this service works on, so it is no part of its readiness.
    const { REDIS_URL: _, ...kitConfig } = config;
    return {
      module: CardCollectionModule,
      imports: [
        KitModule.forRoot({ name: 'card-collection', config: kitConfig, outbox: true }),
        PlanFollowerModule.forRoot({ app: 'card-collection', config }),
      ],
      controllers: [CardCollectionController],
      providers: [
        { provide: STREAMS, useValue: streams },
        CryptoRandomSource,
        ...adapters(streams),
        ...useCases,
        CampaignPublishedConsumer,
        TaskCompletedConsumer,
        RedemptionCountJob,
      ],
    };
  }
}

function adapters(streams: CardCollectionStreams): Provider[] {
  return [
    {
      provide: MysqlCardCampaigns,
      inject: [DATA_SOURCE],
      useFactory: (dataSource: DataSource) => new MysqlCardCampaigns(dataSource),
    },
    {
      provide: MysqlHoldings,
      inject: [DATA_SOURCE],
      useFactory: (dataSource: DataSource) => new MysqlHoldings(dataSource),
    },
    {
      provide: MysqlDraws,
      inject: [DATA_SOURCE, IDS],
      useFactory: (dataSource: DataSource, ids: IdSource) => new MysqlDraws(dataSource, ids, streams),
    },
    {
      provide: MysqlRedemptionCounts,
      inject: [DATA_SOURCE, IDS],
      useFactory: (dataSource: DataSource, ids: IdSource) => new MysqlRedemptionCounts(dataSource, ids, streams),
    },
    {
      provide: MysqlRedemptions,
      inject: [DATA_SOURCE, IDS],
      useFactory: (dataSource: DataSource, ids: IdSource) => new MysqlRedemptions(dataSource, ids, streams),
    },
  ];
}

const useCases: Provider[] = [
  {
    provide: DrawCard,
    inject: [MysqlCardCampaigns, MysqlDraws, MysqlHoldings, CLOCK, CryptoRandomSource],
    useFactory: (
      campaigns: MysqlCardCampaigns,
      draws: MysqlDraws,
      holdings: MysqlHoldings,
      clock: Clock,
      random: CryptoRandomSource,
    ) => new DrawCard({ campaigns, draws, holdings, clock, random }),
  },
  {
    provide: GetCards,
    inject: [MysqlCardCampaigns, MysqlHoldings, MysqlRedemptions],
    useFactory: (campaigns: MysqlCardCampaigns, holdings: MysqlHoldings, redemptions: MysqlRedemptions) =>
      new GetCards(campaigns, holdings, redemptions),
  },
  {
    provide: RedeemSet,
    inject: [MysqlCardCampaigns, MysqlHoldings, MysqlRedemptions, CLOCK, IDS],
    useFactory: (
      campaigns: MysqlCardCampaigns,
      holdings: MysqlHoldings,
      redemptions: MysqlRedemptions,
      clock: Clock,
      ids: IdSource,
    ) => new RedeemSet({ campaigns, holdings, redemptions, clock, ids }),
  },
];
