import { type EffectivePolicy } from '@floodgate/domain/degradation-plan';
import {
  type AdmittedApi,
  isUnplanned,
  openPass,
  PASS_HEADER,
  PASS_KINDS,
  type PassKind,
  signPass,
} from '@floodgate/nest-kit';
import { Inject, Injectable } from '@nestjs/common';
import { type Config, CONFIG } from '../config';
import { type Walk } from './walk';

const REMEMBERED_MAX = 50_000;

/**
 * Who was let in stays let in: past the plan's drop and the lottery at every later step and in every later window. A signed pass says so, which the client
 * carries to any gateway; and a grab that this gateway has let in is known here even if its answer, and the pass with it, was lost.
 */
@Injectable()
export class LetInPasses {
  // Two generations, the old one dropped whole.
  private young = new Set<string>();
  private old = new Set<string>();

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** What the pass that the request carries is good for. */
  shownBy(walk: Walk): PassKind | undefined {
    if (walk.shownPass === null) walk.shownPass = this.open(walk);
    return walk.shownPass;
  }

  /** Whether this grab was let in before. */
  isKnown({ user, grab, campaign }: Walk): boolean {
    if (user === undefined || grab === undefined) return false;
    const key = `${user.userId}/${campaign.campaignId}/${grab.grabId}`;
    return this.young.has(key) || this.old.has(key);
  }

  /** A pass for whom the steps have just let in; undefined when it would be good for nothing new. Costs a signature where there is something to pass. */
  passFor(walk: Walk): string | undefined {
    const { api, user, found, policy } = walk;
    if (user === undefined || found === undefined || !isWorthAPass(api, policy)) return undefined;
    if (api === 'grab') this.remember(`${user.userId}/${found.campaignId}/${walk.target.grabId}`);
    const kind = api === 'grab' ? 'grab' : 'entry';
    const shown = this.shownBy(walk);
    if (shown !== undefined && PASS_KINDS.indexOf(shown) >= PASS_KINDS.indexOf(kind)) return undefined;
    const { TOKEN_SECRET, PASS_TTL_MS } = this.config;
    const { campaignId } = found;
    return signPass({ userId: user.userId, campaignId, kind, expiresAtMs: walk.nowMs + PASS_TTL_MS }, TOKEN_SECRET);
  }

  private open({ user, campaign, headers, nowMs }: Walk): PassKind | undefined {
    const header = headers[PASS_HEADER];
    if (user === undefined || header === undefined) return undefined;
    const holder = { userId: user.userId, campaignId: campaign.campaignId };
    return openPass(header, holder, this.config.TOKEN_SECRET, nowMs)?.kind;
  }

  private remember(key: string): void {
    if (this.young.size >= REMEMBERED_MAX) {
      this.old = this.young;
      this.young = new Set();
    }
    this.young.add(key);
  }
}

/** At the entry always, for a tier may come while people are inside; elsewhere while there is something to be let past. */
function isWorthAPass(api: AdmittedApi, { serverDrop, priorities, lottery }: EffectivePolicy): boolean {
  if (api === 'entry') return true;
  if (isUnplanned(api) || api === 'pay') return false;
  return serverDrop.shares[priorities[api]] > 0 || (api === 'grab' && lottery.drawnShare < 1);
}
