import { type Plan } from '@floodgate/domain/degradation-plan';

/** An operator's request that was refused, with what the service said. */
export class OperatorError extends Error {}

interface Refusal {
  readonly outcome?: string;
  readonly detail?: string;
}

/** The degradation-plan service's admin API, as one operator uses it. */
export class PlanDesk {
  constructor(
    private readonly baseUrl: string,
    private readonly token: string,
  ) {}

  async current(): Promise<{ readonly planNo: number; readonly version: number; readonly plan: Plan }> {
    return this.ask('GET', '/plans/current');
  }

  async draft(plan: Plan): Promise<{ readonly planNo: number }> {
    return this.ask('POST', '/plans', { plan });
  }

  async approve(planNo: number): Promise<void> {
    await this.ask('POST', `/plans/${planNo}/approve`, {});
  }

  async publish(planNo: number): Promise<{ readonly version: number }> {
    return this.ask('POST', `/plans/${planNo}/publish`, {});
  }

  async setTier(tier: {
    readonly tier: 0 | 1 | 2 | 3;
    readonly campaignId: string;
    readonly ttlMs: number;
    readonly participateStatus?: 'off';
  }): Promise<void> {
    await this.ask('POST', '/tiers', tier);
  }

  private async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const answer = (await response.json()) as T & Refusal;
    if (!response.ok) throw new OperatorError(`${method} ${path}: ${answer.outcome} ${answer.detail ?? ''}`);
    return answer;
  }
}

/** Puts a plan into force: one operator writes it, another approves it. Returns the snapshot version it came with. */
export async function putPlanIntoForce(author: PlanDesk, approver: PlanDesk, plan: Plan): Promise<number> {
  const { planNo } = await author.draft(plan);
  await approver.approve(planNo);
  return (await approver.publish(planNo)).version;
}
