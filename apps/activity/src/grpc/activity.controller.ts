import { type activityV1 } from '@floodgate/contracts';
import {
  ApproveCampaign,
  type CampaignStore,
  CompleteTask,
  CreateCampaign,
  GetParticipateStatus,
  GetQualification,
  PublishCampaign,
  ShowSecret,
} from '@floodgate/domain/activity';
import { type Clock, OutcomeError } from '@floodgate/kernel';
import { CLOCK, Metrics, validate } from '@floodgate/nest-kit';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { MysqlCampaignStore } from '../adapters/mysql-campaign-store';
import { fromCampaignMessage, toCampaignMessage } from '../campaign-message';
import {
  approvalRequest,
  campaignRequest,
  operatorRequest,
  publishRequest,
  refused,
  secretRequest,
  taskRequest,
  userRequest,
} from './requests';

@Controller()
export class ActivityController {
  private readonly participateStatusCalls;

  constructor(
    private readonly createCampaign: CreateCampaign,
    private readonly approveCampaign: ApproveCampaign,
    private readonly showSecret: ShowSecret,
    private readonly publishCampaign: PublishCampaign,
    private readonly completeTask: CompleteTask,
    private readonly getQualification: GetQualification,
    private readonly getParticipateStatus: GetParticipateStatus,
    @Inject(MysqlCampaignStore) private readonly campaigns: CampaignStore,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.participateStatusCalls = metrics.counter('participate_status_total', 'Calls of ParticipateStatus.');
  }

  @GrpcMethod('ActivityService', 'CreateCampaign')
  async create(request: activityV1.CreateCampaignRequest): Promise<activityV1.CreateCampaignResponse> {
    const { operatorId } = validate(operatorRequest, request);
    if (request.campaign === undefined) {
      throw new OutcomeError('INVALID_REQUEST', 'campaign: must be given', { field: 'campaign' });
    }
    const result = await this.createCampaign.run(fromCampaignMessage(request.campaign), operatorId);
    if (result.outcome !== 'OK') throw refused(result);
    return { campaign: toCampaignMessage(result.campaign) };
  }

  @GrpcMethod('ActivityService', 'ApproveCampaign')
  async approve(request: activityV1.ApproveCampaignRequest): Promise<activityV1.ApproveCampaignResponse> {
    const { campaignId, operatorId: approverId, commitment } = validate(approvalRequest, request);
    const result = await this.approveCampaign.run({ campaignId, approverId, commitment });
    if (result.outcome !== 'OK') throw refused(result);
    return { campaign: toCampaignMessage(result.campaign) };
  }

  @GrpcMethod('ActivityService', 'ShowSecret')
  async show(request: activityV1.ShowSecretRequest): Promise<activityV1.ShowSecretResponse> {
    const { campaignId, operatorId, secret } = validate(secretRequest, request);
    const result = await this.showSecret.run(campaignId, operatorId, secret);
    if (result.outcome !== 'OK') throw refused(result);
    return { campaign: toCampaignMessage(result.campaign) };
  }

  @GrpcMethod('ActivityService', 'PublishCampaign')
  async publish(request: activityV1.PublishCampaignRequest): Promise<activityV1.PublishCampaignResponse> {
    const { campaignId, operatorId } = validate(publishRequest, request);
    const result = await this.publishCampaign.run(campaignId, operatorId);
    if (result.outcome !== 'OK') throw refused(result);
    return { campaign: toCampaignMessage(result.campaign) };
  }

  @GrpcMethod('ActivityService', 'GetCampaign')
  async get(request: activityV1.GetCampaignRequest): Promise<activityV1.GetCampaignResponse> {
    const { campaignId } = validate(campaignRequest, request);
    const campaign = await this.campaigns.find(campaignId);
    if (campaign === undefined) throw new OutcomeError('NO_SUCH_CAMPAIGN', 'there is no such campaign');
    return { campaign: toCampaignMessage(campaign) };
  }

  @GrpcMethod('ActivityService', 'ListCampaigns')
  async list(): Promise<activityV1.ListCampaignsResponse> {
    const campaigns = await this.campaigns.listPublished(this.clock.nowMs());
    return { campaigns: campaigns.map(toCampaignMessage), nowMs: String(this.clock.nowMs()) };
  }

  @GrpcMethod('ActivityService', 'CompleteTask')
  async complete(request: activityV1.CompleteTaskRequest): Promise<activityV1.CompleteTaskResponse> {
    const { campaignId, userId, taskId } = validate(taskRequest, request);
    const result = await this.completeTask.run(campaignId, userId, taskId);
    if (result.outcome !== 'OK') throw refused(result);
    const { completionId, draws } = result.completion;
    return { completionId, draws };
  }

  @GrpcMethod('ActivityService', 'GetQualification')
  async qualification(request: activityV1.GetQualificationRequest): Promise<activityV1.GetQualificationResponse> {
    const { campaignId, userId } = validate(userRequest, request);
    const result = await this.getQualification.run(campaignId, userId);
    if (result.outcome !== 'OK') throw refused(result);
    const { qualificationId, poolId } = result.qualification;
    return { qualificationId, poolId, token: result.token };
  }

  @GrpcMethod('ActivityService', 'ParticipateStatus')
  async participateStatus(request: activityV1.ParticipateStatusRequest): Promise<activityV1.ParticipateStatusResponse> {
    this.participateStatusCalls.inc();
    const { campaignId, userId } = validate(userRequest, request);
    const result = await this.getParticipateStatus.run(campaignId, userId);
    if (result.outcome !== 'OK') throw refused(result);
    return { tasksCompleted: result.tasksCompleted, qualified: result.qualified };
  }
}
