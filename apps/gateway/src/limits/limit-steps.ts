import { type AdmissionRequest, type AdmissionStep, type Refusal } from '@floodgate/nest-kit';
import { Inject, Injectable } from '@nestjs/common';
import { type Config, CONFIG } from '../config';
import { PreparedRefusal } from '../grab/raw-answer';
import { clientOf } from './client-of';
import { RepeatOffenders } from './repeat-offenders';
import { RiskFeed } from './risk-feed';

const POLL_AFTER_MIN_MS = 500;

const BLOCKED = new PreparedRefusal({ outcome: 'BLOCKED', message: '', field: undefined, pollAfterMs: undefined });

/** Whoever is on the blacklist: as a user, by address or network, or by device. */
@Injectable()
export class BlacklistStep implements AdmissionStep {
  readonly name = 'blacklist';

  constructor(
    private readonly risk: RiskFeed,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  refuse(request: AdmissionRequest): Refusal | undefined {
    const { list } = this.risk;
    if (list.size === 0) return undefined;
    const { user, address, network, device } = clientOf(request, this.config.TRUSTED_PROXIES);
    const { nowMs } = request;
    const isListed =
      list.isListed('user', user, nowMs) ||
      list.isListed('network', network, nowMs) ||
      list.isListed('network', address, nowMs) ||
      list.isListed('device', device, nowMs);
    return isListed ? BLOCKED : undefined;
  }
}

/** Whoever comes more often than a rule allows. */
@Injectable()
export class FrequencyStep implements AdmissionStep {
  readonly name = 'frequency';

  constructor(
    private readonly risk: RiskFeed,
    private readonly offenders: RepeatOffenders,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  refuse(request: AdmissionRequest): Refusal | undefined {
    const { limits } = this.risk;
    if (!limits.limits(request.api)) return undefined;
    const client = clientOf(request, this.config.TRUSTED_PROXIES);
    const excess = limits.take(request.api, client, performance.now());
    if (excess === undefined) return undefined;
    this.offenders.count(excess);
    const pollAfterMs = Math.max(POLL_AFTER_MIN_MS, excess.againAfterMs);
    return { outcome: 'TOO_FREQUENT', message: '', field: undefined, pollAfterMs };
  }
}
