import { setTimeout as sleep } from 'node:timers/promises';
import { createKafka, EventPublisher } from '@floodgate/adapters/kafka';
import { createDataSource } from '@floodgate/adapters/mysql';
import { type ClientOptions, FloodgateClient } from '@floodgate/client';
import { type Plan } from '@floodgate/domain/degradation-plan';
import { signJwt } from '@floodgate/nest-kit';
import { DatabaseStatements, Floodgate, jwtSecretOf, QUIET_LOG, readCpu, tokenMint } from '@floodgate/tools/bench';
import { APPS, PlanDesk, putPlanIntoForce, type StackEnvironment } from '@floodgate/tools/stack';
import { type DataSource } from 'typeorm';
import { type Campaign, type CampaignKind, publishCampaign, untilTrue } from './campaigns';
import { type Moment, type TierByHand } from './moment';
import { type Span, type Spent } from './spending';

const TOKEN_TTL_MS = 6 * 3_600_000;

/** The other apps obey about when the gateway does. */
const OBEYED_AFTER_MS = 300;

const NO_FREQUENCY_RULES = '[]';
const PER_MINUTE = '100000';

/** Orders and payouts have the fake channel only, which runs in the development profile. */
const DEVELOPMENT = { PROFILE: 'development', NODE_ENV: 'production' };

const ENV = {
  gateway: {
    // Everybody has one address here.
    FREQUENCY_RULES: NO_FREQUENCY_RULES,
    // A 256th of production's work, for one processor solves all of them.
    CHALLENGE_ZEROS: '2',
    ADMIN_LIMIT_PER_MINUTE: PER_MINUTE,
    // Nobody is refused as too hot: only the knob sheds, and what it does not shed is waited for.
    ADMISSION_WAIT_MS_TARGET: '2000',
    ADMISSION_WAIT_MS_MAX: '10000',
  },
  'degradation-plan': { ADMIN_LIMIT_PER_MINUTE: PER_MINUTE },
  order: DEVELOPMENT,
  'prize-payout': {
    ...DEVELOPMENT,
    CHANNEL_PAY_FAILURE_SHARE: '0.6',
    PAYOUT_ATTEMPTS_MAX: '1000',
    REISSUE_AFTER_MS: '500',
    PAYOUT_POLL_AFTER_MS: '500',
    PAYER_BATCH_MAX: '500',
  },
} as const;

interface WorldParts {
  readonly floodgate: Floodgate;
  readonly statements: DatabaseStatements;
  readonly publisher: EventPublisher;
  readonly audit: DataSource;
  readonly admin: DataSource;
  readonly ends: readonly (() => Promise<void> | void)[];
}

/** Of what one of the two writes, the other approves. */
interface Operator {
  readonly client: FloodgateClient;
  readonly desk: PlanDesk;
}

/** The apps and their servers, as drills use them. */
export class World {
  private readonly mint: (userId: string) => string;
  private readonly author: Operator;
  private readonly approver: Operator;

  private constructor(
    environment: StackEnvironment,
    private readonly parts: WorldParts,
  ) {
    const jwtSecret = jwtSecretOf(environment);
    this.mint = tokenMint(jwtSecret);
    const planUrl = `http://127.0.0.1:${environment.apps['degradation-plan'].httpPort}`;
    const operator = (userId: string): Operator => {
      const token = signJwt({ userId, roles: ['operator'], ttlMs: TOKEN_TTL_MS }, jwtSecret);
      const client = new FloodgateClient({ baseUrl: parts.floodgate.gatewayUrl, token });
      return { client, desk: new PlanDesk(planUrl, token) };
    };
    this.author = operator('drill-author');
    this.approver = operator('drill-approver');
  }

  /** Starts the apps. */
  static async open(environment: StackEnvironment, say: (line: string) => void): Promise<World> {
    const ends: (() => Promise<void> | void)[] = [];
    const close = async () => {
      for (const end of ends.reverse()) await end();
    };
    try {
      say('starting the apps');
      const floodgate = await Floodgate.start({ environment, apps: APPS, inventories: 1, env: ENV });
      ends.push(() => floodgate.stop());
      const statements = await DatabaseStatements.connect(environment.auditUrl);
      ends.push(() => statements.close());
      const publisher = new EventPublisher(createKafka(environment.kafkaBrokers, 'drill', QUIET_LOG));
      await publisher.connect();
      ends.push(() => publisher.disconnect());
      const audit = await connected(environment.auditUrl);
      ends.push(() => audit.destroy());
      const admin = await connected(environment.adminUrl);
      ends.push(() => admin.destroy());
      return new World(environment, { floodgate, statements, publisher, audit, admin, ends });
    } catch (error) {
      await close();
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const end of [...this.parts.ends].reverse()) await end();
  }

  get publisher(): EventPublisher {
    return this.parts.publisher;
  }

  /** May read every database. */
  get audit(): DataSource {
    return this.parts.audit;
  }

  /** May write, for what a drill finds there before it begins. */
  get admin(): DataSource {
    return this.parts.admin;
  }

  async publish(campaignId: string, kind: CampaignKind): Promise<Campaign> {
    const campaign = await publishCampaign(this.author.client, this.approver.client, campaignId, kind);
    await this.author.desk.untilKnown(campaignId);
    return campaign;
  }

  /** Somebody's page; signed out without a user. */
  pageOf(userId: string | undefined, options: Partial<ClientOptions>): FloodgateClient {
    const { gatewayUrl: baseUrl } = this.parts.floodgate;
    return new FloodgateClient({ baseUrl, ...(userId !== undefined && { token: this.mint(userId) }), ...options });
  }

  /** Puts the plan into force, and the tier that the drill sets by hand; returns when the gateway obeys them. */
  async obey(plan: Plan, { campaignId }: Campaign, tier: TierByHand | undefined, moment: Moment): Promise<void> {
    let version = await putPlanIntoForce(this.author.desk, this.approver.desk, plan);
    if (tier) {
      const ttlMs = tier.ttlMs === undefined ? undefined : Math.max(1, Math.round(tier.ttlMs(moment)));
      const set = { campaignId, tier: tier.tier, ...(ttlMs !== undefined && { ttlMs }) };
      ({ version } = await this.author.desk.setTier(set));
    }
    const url = `${this.parts.floodgate.gatewayUrl}/policy?campaignId=${campaignId}`;
    await untilTrue('the gateway obeys the plan', async () => {
      const response = await fetch(url);
      return ((await response.json()) as { policyVersion?: number }).policyVersion === version;
    });
    await sleep(OBEYED_AFTER_MS);
  }

  async spent(): Promise<Spent> {
    const { floodgate, statements } = this.parts;
    const read = await statements.read();
    return { cpu: readCpu(floodgate.processes), statements: read.statements, at: performance.now() };
  }

  /** Waits until an instant, and says what is spent meanwhile. */
  async rest(untilMs: number): Promise<Span> {
    const before = await this.spent();
    await sleep(Math.max(0, untilMs - Date.now()));
    return { before, after: await this.spent() };
  }
}

async function connected(url: string): Promise<DataSource> {
  const dataSource = createDataSource({ url, poolSize: 1 });
  return dataSource.initialize();
}
