import { setTimeout as sleep } from 'node:timers/promises';
import { type Stack } from '@floodgate/tools/stack';
import { readMetric, sumOf } from './metrics';
import { between, type StatementCounts, type StoreReader } from './readings';
import { type GrantCost, type Report } from './report';

const IDLE_MS = 1_500;
const PARTICIPATE_METRIC = 'floodgate_participate_status_total';

/** What the servers themselves counted while the demo ran. */
export class Measurements {
  private idlePerMs = 0;
  private before: StatementCounts = {};
  private statements: Record<string, number> = {};
  private grants = 0;
  private windowMs = 0;
  private participateCalls: number | undefined;

  constructor(
    private readonly stack: Stack,
    private readonly stores: StoreReader,
  ) {}

  /** What the services send to the database when nobody comes. */
  async measureIdle(): Promise<void> {
    const before = await this.stores.statements();
    await sleep(IDLE_MS);
    this.idlePerMs = total(between(before, await this.stores.statements())) / IDLE_MS;
  }

  /** From T0 for phaseMs. `granted` counts the grants that the clients have been told of so far. */
  async measureGrabPhase(untilT0: Promise<void>, phaseMs: number, granted: () => number): Promise<void> {
    await untilT0;
    const startedAtMs = Date.now();
    this.before = await this.stores.statements();
    await sleep(phaseMs);
    this.statements = between(this.before, await this.stores.statements());
    this.windowMs = Date.now() - startedAtMs;
    this.grants = granted();
  }

  grantCost(): GrantCost {
    const { grants, windowMs, statements } = this;
    const per = (count: number) => (grants === 0 ? 0 : Math.max(0, count) / grants);
    const all = total(statements);
    return {
      grants,
      windowMs,
      statements,
      perGrant: per(all),
      perGrantAboveIdle: per(all - this.idlePerMs * windowMs),
    };
  }

  /** The plan has just switched ParticipateStatus off. */
  async participateSwitchedOff(): Promise<void> {
    this.participateCalls = sumOf(await this.readParticipate());
  }

  /** Null when it was never switched off. */
  async participateStatus(): Promise<Report['participateStatus']> {
    const before = this.participateCalls;
    if (before === undefined) return null;
    const calls = sumOf(await this.readParticipate());
    return { beforeSwitchedOff: before, whileSwitchedOff: Math.max(0, calls - before) };
  }

  private readParticipate() {
    return readMetric(this.stack.urlOf('activity'), PARTICIPATE_METRIC);
  }
}

const total = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
