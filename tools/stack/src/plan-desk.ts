import { setTimeout as sleep } from 'node:timers/promises';
import { type ManualTier, type Plan } from '@floodgate/domain/degradation-plan';
import { StackTrouble } from './trouble';

const ANSWER_MS_MAX = 10_000;
const KNOWN_MS_MAX = 60_000;
const KNOWN_POLL_MS = 500;

/** An operator's request that was refused, with what the service said. */
export class OperatorError extends StackTrouble {}

interface Refusal {
  readonly outcome?: string;
  readonly detail?: string;
}

interface Draft {
  readonly planNo: number;
  readonly hash: string;
  readonly basePlanNo: number;
}

/** A tier as an operator sets it by hand; the plan's time limit holds without one. */
type TierByHand = Omit<ManualTier, 'fromMs' | 'untilMs'> & { readonly ttlMs?: number };

/** The degradation-plan service's admin API, as one operator uses it. Throws OperatorError for what is refused. */
export class PlanDesk {
  constructor(
    /** Of the service. */
    private readonly baseUrl: string,
    private readonly token: string,
  ) {}

  async current(): Promise<{ readonly planNo: number; readonly version: number; readonly plan: Plan }> {
    return this.ask('GET', '/plans/current');
  }

  /**
   * Resolves when the service has heard of the campaign, whose tier can hardly be set before. Looks seldom, for it answers operators only so often.
   * @throws StackTrouble after a minute.
   */
  async untilKnown(campaignId: string): Promise<void> {
    const giveUpAt = performance.now() + KNOWN_MS_MAX;
    let trouble: StackTrouble | undefined;
    while (performance.now() < giveUpAt) {
      try {
        const { campaigns } = await this.ask<{ campaigns: readonly { campaignId: string }[] }>('GET', '/campaigns');
        if (campaigns.some((one) => one.campaignId === campaignId)) return;
        trouble = undefined;
      } catch (error) {
        if (!(error instanceof StackTrouble)) throw error;
        trouble = error;
      }
      await sleep(KNOWN_POLL_MS);
    }
    const why = trouble === undefined ? '' : ` At last: ${trouble.message}`;
    throw new StackTrouble(`The plan service has not heard of ${campaignId} in ${KNOWN_MS_MAX / 1_000} s.${why}`);
  }

  async draft(plan: Plan): Promise<Draft> {
    return this.ask('POST', '/plans', { plan });
  }

  /** Of the draft as it was read. */
  async approve({ planNo, hash, basePlanNo }: Draft): Promise<void> {
    await this.ask('POST', `/plans/${planNo}/approve`, { hash, basePlanNo });
  }

  async publish(planNo: number): Promise<{ readonly version: number }> {
    return this.ask('POST', `/plans/${planNo}/publish`, {});
  }

  /** Takes the place of what was set by hand before; says with which snapshot it came. */
  async setTier(tier: TierByHand): Promise<{ readonly version: number }> {
    return this.ask('POST', '/tiers', tier);
  }

  /** At once, though not without ramping down. */
  async endTier(campaignId: string): Promise<void> {
    await this.ask('DELETE', `/tiers/${campaignId}`, {});
  }

  /** Whatever else the API has. @throws StackTrouble for a service that is away. */
  async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const { response, text } = await this.send(method, path, body);
    if (!response.ok) throw new OperatorError(`${method} ${path}: ${saidIn(response, text)}`);
    return JSON.parse(text) as T;
  }

  private async send(method: string, path: string, body?: object): Promise<{ response: Response; text: string }> {
    try {
      const response = await fetch(`${this.baseUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${this.token}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      });
      return { response, text: await response.text() };
    } catch (cause) {
      throw new StackTrouble(`${method} ${path}: the plan service at ${this.baseUrl} does not answer.`, { cause });
    }
  }
}

/** What a refusal says; of one that is not from the service, such as a proxy's, its status. */
function saidIn({ status, headers }: Response, text: string): string {
  if (headers.get('content-type')?.includes('json') !== true) return `HTTP ${status}`;
  const { outcome = `HTTP ${status}`, detail = '' } = JSON.parse(text) as Refusal;
  return `${outcome} ${detail}`;
}

/** Puts a plan into force: one operator writes it, another approves it. Returns the snapshot version it came with. */
export async function putPlanIntoForce(author: PlanDesk, approver: PlanDesk, plan: Plan): Promise<number> {
  const draft = await author.draft(plan);
  await approver.approve(draft);
  return (await author.publish(draft.planNo)).version;
}
