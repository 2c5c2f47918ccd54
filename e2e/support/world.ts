import { randomUUID } from 'node:crypto';
import { type CampaignSpec, FloodgateClient, publishByTwo, type Result, RetryBudget } from '@floodgate/client';
import { type Plan, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { createDataSource } from '@floodgate/adapters/mysql';
import { signJwt } from '@floodgate/nest-kit';
import { until } from '@floodgate/testing';
import {
  loadEnvironment,
  PlanDesk,
  putPlanIntoForce,
  type Stack,
  type StackEnvironment,
  startApps,
  type StartOptions,
} from '@floodgate/tools/stack';
import { type DataSource } from 'typeorm';

/** The seven apps, inventory twice, on the test profile's servers, and what the tests need to talk to them. */
export class World {
  private constructor(
    readonly stack: Stack,
    readonly environment: StackEnvironment,
    /** May read and write every database; for looking at the stores, and for harm. */
    readonly stores: DataSource,
  ) {}

  static async start(env: StartOptions['env'] = {}, instances: StartOptions['instances'] = {}): Promise<World> {
    const environment = loadEnvironment('test');
    const stores = createDataSource({ url: `${environment.adminUrl}/fg_inventory`, poolSize: 4 });
    await stores.initialize();
    const stack = await startApps(environment, { env: { ...QUICK, ...env }, instances });
    return new World(stack, environment, stores);
  }

  async stop(): Promise<void> {
    await this.stack.stopAll();
    await this.stores.destroy();
  }

  get gatewayUrl(): string {
    return this.stack.urlOf('gateway');
  }

  async signIn(
    userId: string,
    roles: readonly ('participant' | 'operator')[] = ['participant'],
  ): Promise<FloodgateClient> {
    return this.patient(await this.tokenOf(userId, roles));
  }

  /** Apps are killed under it, and it is the only client: it may retry as often as it has attempts. */
  private patient(token?: string): FloodgateClient {
    const patience = { attemptsMax: 10, retryBudget: new RetryBudget({ start: 10 }) };
    return new FloodgateClient({ baseUrl: this.gatewayUrl, grabJitterMs: 1, ...patience, ...(token && { token }) });
  }

  async tokenOf(userId: string, roles: readonly ('participant' | 'operator')[] = ['participant']): Promise<string> {
    return ok(await this.patient().devToken(userId, roles)).token;
  }

  /** Creates and publishes a campaign, and returns when every service that serves it knows it. */
  async publish(spec: CampaignSpec): Promise<void> {
    const operator = this.patient(this.operatorToken('operator-1'));
    ok(await publishByTwo(operator, this.patient(this.operatorToken('operator-2')), spec));
    await until(`${spec.campaignId} is ready`, async () => {
      const result = await operator.getCampaign(spec.campaignId);
      return result.outcome === 'OK' && result.ready;
    });
    await this.desk().untilKnown(spec.campaignId);
  }

  /** Puts a plan into force as two operators must, and waits until the gateway follows it. */
  async putPlanIntoForce(plan: Plan): Promise<void> {
    await this.untilFollowed(await putPlanIntoForce(this.desk(), this.desk('operator-2'), plan));
  }

  async setTier(tier: Parameters<PlanDesk['setTier']>[0]): Promise<void> {
    await this.untilFollowed((await this.desk().setTier(tier)).version);
  }

  /** It would hold re-issue back for every campaign of these servers, other tests' too. */
  async endTier(campaignId: string): Promise<void> {
    await this.desk().endTier(campaignId);
  }

  async untilFollowed(version: number): Promise<void> {
    await until(`the gateway follows version ${version}`, async () => {
      const response = await fetch(`${this.gatewayUrl}/health/live`);
      return Number(response.headers.get('fg-policy-version')) >= version;
    });
  }

  desk(operatorId = 'operator-1'): PlanDesk {
    return new PlanDesk(this.stack.urlOf('degradation-plan'), this.operatorToken(operatorId));
  }

  /** Signed here, for the gateway that gives out tokens may be dead, and no time goes by. */
  private operatorToken(operatorId: string): string {
    const secret = this.environment.apps.gateway.env['JWT_SECRET'] ?? '';
    return signJwt({ userId: operatorId, roles: ['operator'], ttlMs: HOUR_MS }, secret);
  }

  /** A counter of an app, as Prometheus reads it; the sum over its labels. */
  async metric(app: Parameters<Stack['urlOf']>[0], name: string): Promise<number> {
    const text = await (await fetch(`${this.stack.urlOf(app)}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(name) && /^[ {]/.test(line.slice(name.length)));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }
}

/** Durations short enough for a test to live through. */
const QUICK: StartOptions['env'] = {
  gateway: { CAMPAIGN_POLL_EVERY_MS: '200', SOLD_OUT_FLAG_MS: '300' },
  inventory: { GRAB_POLL_AFTER_MS: '200' },
};

/** A plan whose tier 1 lasts seconds instead of minutes. */
export const QUICK_PLAN: Plan = {
  ...REFERENCE_PLAN,
  title: 'quick plan for tests',
  rampDownMs: 1_000,
  normal: { ...REFERENCE_PLAN.normal, pollIntervalMs: 200 },
  tier1: {
    ...REFERENCE_PLAN.tier1,
    beforeMs: 2_000,
    afterMs: 4_000,
    entry: { ...REFERENCE_PLAN.tier1.entry, offsetMs: 0, releaseOverMs: 1_500 },
    pollIntervalMs: 200,
  },
  tier2: { ...REFERENCE_PLAN.tier2, pollIntervalMs: 200 },
  tier3: { ...REFERENCE_PLAN.tier3, pollIntervalMs: 200 },
};

/** The body of a result that must be OK. */
export function ok<T>(result: Result<T>): T {
  if (result.outcome !== 'OK') throw new Error(`not OK: ${JSON.stringify(result)}`);
  return result;
}

export const newCampaignId = (kind: string) => `${kind}-${randomUUID().slice(0, 13)}`;

const HOUR_MS = 3_600_000;

interface SplitOptions {
  readonly t0InMs: number;
  readonly stock?: number;
  readonly shards?: number;
  readonly totalFen?: number;
}

export function cardSplit(
  campaignId: string,
  { t0InMs, stock = 4, shards = 1, totalFen = 1_000 }: SplitOptions,
): CampaignSpec {
  const nowMs = Date.now();
  return {
    campaignId,
    kind: 'CARD_SPLIT',
    titleZh: '集卡瓜分',
    titleEn: 'Card split',
    timeline: {
      warmUpAtMs: nowMs - HOUR_MS,
      opensAtMs: nowMs - HOUR_MS,
      qualifyUntilMs: nowMs + t0InMs,
      splitAtMs: nowMs + t0InMs,
      closesAtMs: nowMs + t0InMs + HOUR_MS,
      settleByMs: nowMs + t0InMs + 2 * HOUR_MS,
    },
    cards: [
      { cardId: 'luck', nameZh: '福', nameEn: 'Luck', weight: 3, budget: 1_000 },
      { cardId: 'joy', nameZh: '喜', nameEn: 'Joy', weight: 2, budget: 1_000 },
    ],
    tasks: [{ taskId: 'sign-in', nameZh: '签到', nameEn: 'Sign in', draws: 30 }],
    pools: [
      {
        poolId: 'cash',
        stock,
        shards,
        settlement: 'PAYOUT',
        packets: { mode: 'RANDOM', totalFen, minFen: 1, maxFen: totalFen },
      },
    ],
  };
}

interface SaleOptions {
  readonly opensInMs: number;
  readonly stock?: number;
  readonly shards?: number;
  readonly payWithinMs?: number;
}

export function timedSale(
  campaignId: string,
  { opensInMs, stock = 4, shards = 1, payWithinMs = 60_000 }: SaleOptions,
): CampaignSpec {
  const nowMs = Date.now();
  return {
    campaignId,
    kind: 'TIMED_SALE',
    titleZh: '限时秒杀',
    titleEn: 'Timed sale',
    timeline: {
      warmUpAtMs: nowMs - HOUR_MS,
      opensAtMs: nowMs + opensInMs,
      closesAtMs: nowMs + opensInMs + HOUR_MS,
      settleByMs: nowMs + opensInMs + 2 * HOUR_MS,
    },
    pools: [{ poolId: 'goods', stock, shards, settlement: 'ORDER', price: { priceFen: 9_900, payWithinMs } }],
  };
}

/** Takes a user from the first task to the qualification. */
export async function qualify(client: FloodgateClient, campaignId: string): Promise<{ token: string; poolId: string }> {
  ok(await client.completeTask(campaignId, 'sign-in'));
  await until('the draws have arrived', async () => {
    const cards = await client.cards(campaignId);
    // Card-collection may not have heard yet that the campaign is published.
    return cards.outcome === 'OK' && cards.drawsLeft > 0;
  });
  await until('the set is complete', async () => {
    ok(await client.draw(campaignId));
    return ok(await client.cards(campaignId)).setComplete;
  });
  ok(await client.redeem(campaignId));
  return until('the qualification', async () => {
    const result = await client.qualification(campaignId);
    return result.outcome === 'OK' && result;
  });
}
