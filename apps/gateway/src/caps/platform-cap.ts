import { type RedisClient } from '@floodgate/adapters/redis';
import { CAPPED_APIS, type CappedApi } from '@floodgate/domain/degradation-plan';
import {
  type AdmissionRequest,
  type AdmissionStep,
  type AdmittedApi,
  INSTANCE_ID,
  Lifecycle,
  LOG,
  Metrics,
  PlatformCaps,
  type Refusal,
} from '@floodgate/nest-kit';
import { type FactoryProvider, Injectable } from '@nestjs/common';
import { type Logger } from 'pino';
import { type Config, CONFIG } from '../config';
import { GATEWAY_REDIS } from '../gateway-redis';

/** The caps that all gateways of a platform keep together. */
export const platformCaps: FactoryProvider<PlatformCaps> = {
  provide: PlatformCaps,
  inject: [CONFIG, GATEWAY_REDIS, INSTANCE_ID, LOG, Lifecycle, Metrics],
  useFactory: (
    config: Config,
    redis: RedisClient,
    instanceId: string,
    log: Logger,
    lifecycle: Lifecycle,
    metrics: Metrics,
  ): PlatformCaps => {
    const members = metrics.gauge('cap_members', 'Instances that share the caps, as far as this one knows.');
    const caps = new PlatformCaps({ config, redis, instanceId, log, onMembers: (count) => members.set(count) });
    caps.start();
    lifecycle.onStop(() => caps.stop());
    return caps;
  },
};

/** The plan's cap for an API over the whole platform. Each campaign has its own, so that a crowded one takes nothing from another. */
@Injectable()
export class PlatformCap implements AdmissionStep {
  readonly name = 'cap';

  constructor(private readonly caps: PlatformCaps) {}

  refuse({ api, campaign, policy }: AdmissionRequest): Refusal | undefined {
    if (!isCapped(api)) return undefined;
    const perSecond = policy.caps[api];
    if (perSecond === null) return undefined;
    const cap = `${campaign.campaignId}/${api}`;
    if (this.caps.take(cap, perSecond)) return undefined;
    return { outcome: 'WAIT', message: '', field: undefined, pollAfterMs: this.caps.pollAfterMs(cap, perSecond) };
  }
}

function isCapped(api: AdmittedApi): api is CappedApi {
  return (CAPPED_APIS as readonly AdmittedApi[]).includes(api);
}
