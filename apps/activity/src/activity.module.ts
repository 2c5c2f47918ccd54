import {
  ApproveCampaign,
  CompleteTask,
  CreateCampaign,
  FixShares,
  GetParticipateStatus,
  GetQualification,
  ListSubject,
  PublishCampaign,
  QualifyUsers,
  SetFrequencyRules,
  ShowSecret,
  UnlistSubject,
} from '@floodgate/domain/activity';
import { type Clock, type IdSource } from '@floodgate/kernel';
import { CLOCK, DATA_SOURCE, IDS, KitModule, PlanFollowerModule } from '@floodgate/nest-kit';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { type DataSource } from 'typeorm';
import { HmacQualificationTokens } from './adapters/hmac-qualification-tokens';
import { MysqlCampaignStore } from './adapters/mysql-campaign-store';
import { MysqlFrequencyRuleBook } from './adapters/mysql-frequency-rule-book';
import { MysqlQualifications } from './adapters/mysql-qualifications';
import { MysqlRiskList } from './adapters/mysql-risk-list';
import { MysqlSharesToFix } from './adapters/mysql-shares-to-fix';
import { MysqlTaskCompletions } from './adapters/mysql-task-completions';
import { type ActivityConfig } from './config';
import { RedemptionsCountedConsumer } from './consumers/redemptions-counted.consumer';
import { SetRedeemedConsumer } from './consumers/set-redeemed.consumer';
import { UnitGrantedConsumer } from './consumers/unit-granted.consumer';
import { ActivityController } from './grpc/activity.controller';
import { RiskController } from './grpc/risk.controller';
import { ShareFixingJob } from './share-fixing-job';
import { ACTIVITY_STREAMS, type ActivityStreams, STREAMS } from './streams';

@Module({})
export class ActivityModule {
  static register(config: ActivityConfig, streams: ActivityStreams = ACTIVITY_STREAMS): DynamicModule {
    // Redis only tells of a new plan; without it this service works on, so it is no part of its readiness.
    const { REDIS_URL: _, ...kitConfig } = config;
    return {
      module: ActivityModule,
      imports: [
        KitModule.forRoot({ name: 'activity', config: kitConfig, outbox: true }),
        PlanFollowerModule.forRoot({ app: 'activity', config }),
      ],
      controllers: [ActivityController, RiskController],
      providers: [
        { provide: STREAMS, useValue: streams },
        ...adapters(config, streams),
        ...useCases,
        ...riskUseCases,
        SetRedeemedConsumer,
        RedemptionsCountedConsumer,
        ShareFixingJob,
        UnitGrantedConsumer,
      ],
    };
  }
}

function adapters(config: ActivityConfig, streams: ActivityStreams): Provider[] {
  return [
    {
      provide: MysqlCampaignStore,
      inject: [DATA_SOURCE, IDS],
      useFactory: (dataSource: DataSource, ids: IdSource) => new MysqlCampaignStore(dataSource, ids, streams),
    },
    {
      provide: MysqlSharesToFix,
      inject: [DATA_SOURCE, IDS],
      useFactory: (dataSource: DataSource, ids: IdSource) => new MysqlSharesToFix(dataSource, ids, streams),
    },
    {
      provide: MysqlTaskCompletions,
      inject: [DATA_SOURCE, IDS],
      useFactory: (dataSource: DataSource, ids: IdSource) => new MysqlTaskCompletions(dataSource, ids, streams),
    },
    {
      provide: MysqlQualifications,
      inject: [DATA_SOURCE],
      useFactory: (dataSource: DataSource) => new MysqlQualifications(dataSource),
    },
    {
      provide: MysqlRiskList,
      inject: [DATA_SOURCE],
      useFactory: (dataSource: DataSource) => new MysqlRiskList(dataSource),
    },
    {
      provide: MysqlFrequencyRuleBook,
      inject: [DATA_SOURCE],
      useFactory: (dataSource: DataSource) => new MysqlFrequencyRuleBook(dataSource),
    },
    { provide: HmacQualificationTokens, useValue: new HmacQualificationTokens(config.TOKEN_SECRET) },
  ];
}

const useCases: Provider[] = [
  {
    provide: CreateCampaign,
    inject: [MysqlCampaignStore, CLOCK],
    useFactory: (campaigns: MysqlCampaignStore, clock: Clock) => new CreateCampaign(campaigns, clock),
  },
  {
    provide: ApproveCampaign,
    inject: [MysqlCampaignStore, CLOCK],
    useFactory: (campaigns: MysqlCampaignStore, clock: Clock) => new ApproveCampaign(campaigns, clock),
  },
  {
    provide: ShowSecret,
    inject: [MysqlCampaignStore],
    useFactory: (campaigns: MysqlCampaignStore) => new ShowSecret(campaigns),
  },
  {
    provide: PublishCampaign,
    inject: [MysqlCampaignStore, CLOCK],
    useFactory: (campaigns: MysqlCampaignStore, clock: Clock) => new PublishCampaign(campaigns, clock),
  },
  {
    provide: FixShares,
    inject: [MysqlSharesToFix, CLOCK],
    useFactory: (shares: MysqlSharesToFix, clock: Clock) => new FixShares(shares, clock),
  },
  {
    provide: CompleteTask,
    inject: [MysqlCampaignStore, MysqlTaskCompletions, CLOCK, IDS],
    useFactory: (campaigns: MysqlCampaignStore, completions: MysqlTaskCompletions, clock: Clock, ids: IdSource) =>
      new CompleteTask(campaigns, completions, clock, ids),
  },
  {
    provide: QualifyUsers,
    inject: [MysqlCampaignStore, IDS],
    useFactory: (campaigns: MysqlCampaignStore, ids: IdSource) => new QualifyUsers(campaigns, ids),
  },
  {
    provide: GetQualification,
    inject: [MysqlCampaignStore, MysqlQualifications, HmacQualificationTokens],
    useFactory: (campaigns: MysqlCampaignStore, qualifications: MysqlQualifications, tokens: HmacQualificationTokens) =>
      new GetQualification(campaigns, qualifications, tokens),
  },
  {
    provide: GetParticipateStatus,
    inject: [MysqlCampaignStore, MysqlTaskCompletions, MysqlQualifications],
    useFactory: (
      campaigns: MysqlCampaignStore,
      completions: MysqlTaskCompletions,
      qualifications: MysqlQualifications,
    ) => new GetParticipateStatus(campaigns, completions, qualifications),
  },
];

const riskUseCases: Provider[] = [
  {
    provide: ListSubject,
    inject: [MysqlRiskList, CLOCK],
    useFactory: (list: MysqlRiskList, clock: Clock) => new ListSubject(list, clock),
  },
  {
    provide: UnlistSubject,
    inject: [MysqlRiskList, CLOCK],
    useFactory: (list: MysqlRiskList, clock: Clock) => new UnlistSubject(list, clock),
  },
  {
    provide: SetFrequencyRules,
    inject: [MysqlFrequencyRuleBook, CLOCK],
    useFactory: (book: MysqlFrequencyRuleBook, clock: Clock) => new SetFrequencyRules(book, clock),
  },
];
