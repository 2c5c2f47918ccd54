import { type IncomingMessage } from 'node:http';
import { type EffectivePolicy, type PlanSnapshot } from '@floodgate/domain/degradation-plan';
import { PlanFollower } from '@floodgate/nest-kit';
import { Injectable } from '@nestjs/common';
import { Gate } from '../admission/gate';
import { type Campaign, CampaignCache } from '../campaign-cache';
import { asciiJson } from './ascii-json';
import { POLICY_VERSION_HEADER } from './policy-version';

const CAMPAIGN_IN_URL = /^\/campaigns\/([\w-]+)\/|[?&]campaignId=([\w-]+)/;

/** What a client says that is neither a version nor "none" says nothing. */
function isOlder(goesBy: string | string[] | undefined, version: number): boolean {
  return goesBy === 'none' || (typeof goesBy === 'string' && /^\d+$/.test(goesBy) && Number(goesBy) < version);
}

/** What clients were told of a campaign the last time: all but the time of day. */
interface Made {
  readonly policy: EffectivePolicy;
  readonly snapshot: PlanSnapshot;
  readonly text: string;
}

/**
 * Sends the policy along with a refusal. A client that is refused must learn at once that it is to send less: when a plan has just changed under
 * load, asking for it would be one more request of everybody.
 */
@Injectable()
export class PolicyRider {
  /** By campaign. When a plan has just changed, nearly every refusal needs it. */
  private readonly made = new Map<string, Made>();

  constructor(
    private readonly follower: PlanFollower,
    private readonly campaigns: CampaignCache,
    private readonly gate: Gate,
  ) {}

  /**
   * A ToldPolicy in JSON, in ASCII. Only for a client that says which version it goes by, if that is an older one or "none", and asks about a campaign that is
   * known here.
   */
  ridesWith({ headers, url = '' }: IncomingMessage): string | undefined {
    if (!isOlder(headers[POLICY_VERSION_HEADER], this.follower.snapshot.version)) return undefined;
    const [, inPath, inQuery = ''] = CAMPAIGN_IN_URL.exec(url) ?? [];
    const campaign = this.campaigns.peek(inPath ?? inQuery);
    return campaign && this.toldOf(campaign);
  }

  private toldOf(campaign: Campaign): string {
    const { nowMs, ...told } = this.gate.told(campaign);
    const { campaignId } = campaign;
    let made = this.made.get(campaignId);
    if (made?.policy !== told.policy || made.snapshot !== told.snapshot) {
      made = { policy: told.policy, snapshot: told.snapshot, text: asciiJson(told).slice(1) };
      this.made.set(campaignId, made);
    }
    return `{"nowMs":${nowMs},${made.text}`;
  }
}
