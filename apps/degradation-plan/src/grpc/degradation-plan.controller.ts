import { type degradationPlanV1 } from '@floodgate/contracts';
import { type Clock, OutcomeError } from '@floodgate/kernel';
import { CLOCK, signSnapshot, validate } from '@floodgate/nest-kit';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { z } from 'zod';
import { MysqlPlanStore } from '../adapters/mysql-plan-store';
import { PlanDistribution } from '../plan-distribution';
import { POLICY_SIGNING_KEY } from '../tokens';

const count = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a whole number')
  .transform(Number);

const getPlanRequest = z.object({ knownVersion: count });
const acknowledgeRequest = z.object({
  instanceId: z.string().min(1).max(120),
  app: z.string().min(1).max(64),
  version: count,
  hash: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'),
  appliedAtMs: count,
});

/** For instances that do not follow the plan through Redis. */
@Controller()
export class DegradationPlanController {
  constructor(
    private readonly store: MysqlPlanStore,
    private readonly distribution: PlanDistribution,
    @Inject(POLICY_SIGNING_KEY) private readonly signingKey: string,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @GrpcMethod('DegradationPlanService', 'GetPlan')
  async getPlan(request: degradationPlanV1.GetPlanRequest): Promise<degradationPlanV1.GetPlanResponse> {
    const { knownVersion } = validate(getPlanRequest, request);
    const current = await this.store.current();
    const { version, hash } = current;
    const signed = knownVersion === version ? { snapshot: '', signature: '' } : signSnapshot(current, this.signingKey);
    return { version: String(version), hash, ...signed };
  }

  @GrpcMethod('DegradationPlanService', 'AcknowledgePlan')
  async acknowledge(
    request: degradationPlanV1.AcknowledgePlanRequest,
  ): Promise<degradationPlanV1.AcknowledgePlanResponse> {
    const acknowledgement = { ...validate(acknowledgeRequest, request), seenAtMs: this.clock.nowMs() };
    if (!(await this.distribution.acknowledge(acknowledgement))) {
      throw new OutcomeError('INVALID_REQUEST', 'version: was never issued', { field: 'version' });
    }
    return {};
  }
}
