import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedis } from '@floodgate/adapters/redis';
import { SERVERS } from '@floodgate/testing';
import { repositoryRoot } from '@floodgate/tools/stack';

const DEMO_MS_MAX = 600_000;

jest.setTimeout(DEMO_MS_MAX + 30_000);

interface TierSeen {
  readonly pid: number;
  readonly service: string;
  readonly instance: string;
  readonly tier: number;
  readonly at: string;
  readonly source: string;
}

interface Bucket {
  readonly grabs: number;
  readonly overshoot: number;
}

/** What this test reads of the demo's report. */
interface Report {
  readonly ok: boolean;
  readonly apps: readonly { readonly instance: string; readonly pid: number }[];
  readonly tier1DueAt: string;
  readonly tiers: readonly TierSeen[];
  readonly page: { readonly reducedBefore?: boolean; readonly reducedInTier1?: boolean };
  readonly reissueAttemptsInTier1: number;
  readonly releaseCurve: {
    readonly people: number;
    readonly perSecond: readonly { readonly letIn: number; readonly scheduled: number }[];
    readonly errorBound: number;
    readonly early: number;
  };
  readonly capOvershoot: readonly {
    readonly perSecond: number;
    readonly bound: number;
    readonly answered: Bucket;
    readonly surely: Bucket;
  }[];
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
  readonly invariants: readonly { readonly ok: boolean }[];
  readonly planOutage: Readonly<Record<string, string>> | null;
  readonly funnel: readonly { readonly layer: string; readonly passed: number }[];
}

/** Plays a small demo on the servers of the tests, and returns what it wrote and said. */
async function play(...options: string[]): Promise<{ report: Report; said: string; exitCode: number | null }> {
  const folder = await mkdtemp(join(tmpdir(), 'floodgate-demo-'));
  const reportFile = join(folder, 'report.json');
  const script = join(repositoryRoot(), 'dist/tools/demo/src/main.js');
  const child = spawn(process.execPath, [script, '--profile', 'test', '--report', reportFile, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: DEMO_MS_MAX,
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => output.push(bytes));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  const said = Buffer.concat(output).toString('utf8');
  try {
    return { report: JSON.parse(await readFile(reportFile, 'utf8')) as Report, said, exitCode };
  } catch (error) {
    throw new Error(`the demo wrote no report:\n${said}`, { cause: error });
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('npm run demo -- --kill-plan-service', () => {
  it('has tier 1 in every process on time, with the plan service dead, Redis stopped and a gateway begun anew', async () => {
    const { report, said, exitCode } = await play('--users', '50', '--units', '30', '--kill-plan-service');
    const failed = [...report.checks, ...report.invariants].filter(({ ok }) => !ok);
    expect({ failed, ok: report.ok, exitCode, said: report.ok ? '' : said }).toEqual({
      failed: [],
      ok: true,
      exitCode: 0,
      said: '',
    });

    const { planOutage, tiers, tier1DueAt } = report;
    // The order of things: they are gone before tier 1 is due, and Redis is back only after it came.
    expect(planOutage).not.toBeNull();
    const { planServiceKilledAt, redisStoppedAt, gatewayKilledAt, redisReadyAt, planServiceReadyAt } = planOutage ?? {};
    const inOrder = [
      planServiceKilledAt,
      redisStoppedAt,
      gatewayKilledAt,
      tier1DueAt,
      redisReadyAt,
      planServiceReadyAt,
    ];
    expect(inOrder).toEqual([...inOrder].sort());

    expect(tiers.map(({ instance }) => instance).sort()).toEqual([
      'activity',
      'card-collection',
      'gateway',
      'inventory',
      'inventory-2',
      'order',
      'prize-payout',
    ]);
    // Nobody was started again after that, so these are still the processes at the end.
    for (const { instance, pid, tier, at, source } of tiers) {
      expect(report.apps).toContainEqual(expect.objectContaining({ instance, pid }));
      expect({ instance, tier, source }).toEqual({
        instance,
        tier: 1,
        source: instance === 'gateway' ? 'disk' : expect.stringMatching(/^(push|poll)$/),
      });
      expect(Date.parse(at)).toBeGreaterThan(Date.parse(tier1DueAt) - 50);
    }
    expect(report.page).toEqual({ reducedBefore: false, reducedInTier1: true });
    expect(report.reissueAttemptsInTier1).toBe(0);
    expect(said).toContain('tier 1 came by itself to 7 of 7 processes');
    checkPeople(report);

    const redis = createRedis(SERVERS.redisUrl, { commandTimeout: 30_000 });
    await redis.connect();
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
  });
});

/** What the clients saw of the release and of the caps. */
function checkPeople({ releaseCurve, capOvershoot, funnel }: Report): void {
  const letIn = funnel.find(({ layer }) => layer === 'gradual entry at T0')?.passed ?? 0;
  expect(letIn).toBeGreaterThan(0);
  expect(releaseCurve).toMatchObject({ people: letIn, early: 0 });
  expect(releaseCurve.perSecond.reduce((sum, second) => sum + second.letIn, 0)).toBe(letIn);
  expect(releaseCurve.perSecond.reduce((sum, second) => sum + second.scheduled, 0)).toBeCloseTo(letIn);
  expect(capOvershoot).toHaveLength(2);
  for (const { perSecond, bound, answered, surely } of capOvershoot) {
    expect(perSecond).toBeGreaterThan(0);
    expect(bound).toBe(0.02);
    expect(answered.grabs).toBeGreaterThan(0);
    expect(surely.grabs).toBeLessThanOrEqual(answered.grabs);
  }
}
