import { type activityV1 } from '@floodgate/contracts';
import {
  type FrequencyRuleBook,
  ListSubject,
  type RiskList,
  SetFrequencyRules,
  UnlistSubject,
} from '@floodgate/domain/activity';
import { validate } from '@floodgate/nest-kit';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { MysqlFrequencyRuleBook } from '../adapters/mysql-frequency-rule-book';
import { MysqlRiskList } from '../adapters/mysql-risk-list';
import { listRequest, operatorRequest, refused, unlistRequest } from './requests';

/** The blacklist and the frequency rules, which gateways enforce. */
@Controller()
export class RiskController {
  constructor(
    private readonly listSubject: ListSubject,
    private readonly unlistSubject: UnlistSubject,
    private readonly setFrequencyRules: SetFrequencyRules,
    @Inject(MysqlRiskList) private readonly riskList: RiskList,
    @Inject(MysqlFrequencyRuleBook) private readonly rules: FrequencyRuleBook,
  ) {}

  @GrpcMethod('ActivityService', 'ListSubject')
  async list(request: activityV1.ListSubjectRequest): Promise<activityV1.ListSubjectResponse> {
    const { listedBy } = validate(listRequest, request);
    const result = await this.listSubject.run({ ...request, listedBy, forMs: Number(request.forMs) });
    if (result.outcome !== 'OK') throw refused(result);
    return { expiresAtMs: String(result.listing.expiresAtMs) };
  }

  @GrpcMethod('ActivityService', 'UnlistSubject')
  async unlist(request: activityV1.UnlistSubjectRequest): Promise<activityV1.UnlistSubjectResponse> {
    const { unlistedBy } = validate(unlistRequest, request);
    const result = await this.unlistSubject.run({ ...request, unlistedBy });
    if (result.outcome !== 'OK') throw refused(result);
    return {};
  }

  @GrpcMethod('ActivityService', 'SetFrequencyRules')
  async setRules(request: activityV1.SetFrequencyRulesRequest): Promise<activityV1.SetFrequencyRulesResponse> {
    const { operatorId } = validate(operatorRequest, request);
    const result = await this.setFrequencyRules.run(request.rules, operatorId);
    if (result.outcome !== 'OK') throw refused(result);
    return { version: String(result.rules.version) };
  }

  @GrpcMethod('ActivityService', 'GetRiskChanges')
  async changes({ afterVersion }: activityV1.GetRiskChangesRequest): Promise<activityV1.GetRiskChangesResponse> {
    const [{ version, changes, more }, { version: rulesVersion, rules }] = await Promise.all([
      this.riskList.changesAfter(Number(afterVersion)),
      this.rules.current(),
    ]);
    return {
      version: String(version),
      changes: changes.map(({ kind, subject, reason, expiresAtMs }) => ({
        kind,
        subject,
        reason,
        expiresAtMs: String(expiresAtMs),
      })),
      more,
      rulesVersion: String(rulesVersion),
      rules: [...rules],
    };
  }
}
