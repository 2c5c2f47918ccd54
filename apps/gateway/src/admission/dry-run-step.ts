import { type RedisClient } from '@floodgate/adapters/redis';
import { type LetIn } from '@floodgate/domain/degradation-plan';
import {
  bearerToken,
  claimedSubject,
  DryRunFollower,
  INSTANCE_ID,
  isUnplanned,
  Lifecycle,
  LOG,
  openPass,
  PASS_HEADER,
} from '@floodgate/nest-kit';
import { type FactoryProvider, Inject, Injectable } from '@nestjs/common';
import { type Logger } from 'pino';
import { type Config, CONFIG } from '../config';
import { GATEWAY_REDIS } from '../gateway-redis';
import { LetInPasses } from './let-in';
import { PASSES } from './refusal-order';
import { type Walk } from './walk';

/** Counts for the plan service what a plan that is tried out would shed. */
export const dryRunFollower: FactoryProvider<DryRunFollower> = {
  provide: DryRunFollower,
  inject: [GATEWAY_REDIS, INSTANCE_ID, LOG, Lifecycle],
  useFactory: (redis: RedisClient, instanceId: string, log: Logger, lifecycle: Lifecycle): DryRunFollower => {
    const follower = new DryRunFollower({ redis, instanceId, log });
    follower.start();
    lifecycle.onStop(() => follower.stop());
    return follower;
  },
};

/** Let in longer ago than any dry run. */
const ALWAYS: LetIn = { kind: 'grab', sinceMs: -Infinity };

/** Shows a dry run, while one is on, each request that gets as far as the plan's drop and caps. Refuses nobody. */
@Injectable()
export class DryRunStep {
  constructor(
    private readonly dryRun: DryRunFollower,
    private readonly passes: LetInPasses,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  show(walk: Walk): void {
    const { api } = walk;
    if (!this.dryRun.isOn || isUnplanned(api)) return;
    this.dryRun.count(walk.campaign, api, userOf(walk), walk.nowMs, this.letIn(walk));
  }

  private letIn(walk: Walk): LetIn | undefined {
    const { api, user, campaign, headers, nowMs } = walk;
    if (PASSES[api].includes('drop') || this.passes.isKnown(walk)) return ALWAYS;
    const kind = this.passes.shownBy(walk);
    if (kind === undefined || user === undefined) return undefined;
    if (kind === 'room') return ALWAYS;
    const { TOKEN_SECRET, PASS_TTL_MS } = this.config;
    const holder = { userId: user.userId, campaignId: campaign.campaignId };
    const pass = openPass(headers[PASS_HEADER], holder, TOKEN_SECRET, nowMs);
    return pass && { kind, sinceMs: pass.expiresAtMs - PASS_TTL_MS };
  }
}

/** Where everybody is let in no name is checked, and yet clients drop by it. */
function userOf({ user, headers }: Walk): string | undefined {
  if (user !== undefined) return user.userId;
  const token = bearerToken(headers.authorization);
  return token === undefined ? undefined : claimedSubject(token);
}
