import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type CampaignSpec, FloodgateClient, type Packets, publishByTwo, RetryBudget } from '@floodgate/client';
import { until } from '@floodgate/testing';
import { cardSplit, newCampaignId, ok, qualify, QUICK_PLAN, World } from './support/world';

const ROOT = resolve(__dirname, '..');

let world: World;

beforeAll(async () => {
  world = await World.start();
  await world.putPlanIntoForce(QUICK_PLAN);
});
afterAll(() => world.stop());

const anyone = () =>
  new FloodgateClient({ baseUrl: world.gatewayUrl, attemptsMax: 10, retryBudget: new RetryBudget({ start: 10 }) });

/** Grabs for each of these people, as soon as the split is open. */
async function grabAll(clients: readonly FloodgateClient[], tokens: readonly string[], campaignId: string) {
  const results = await Promise.all(
    clients.map((client, index) => client.grab(campaignId, 'cash', { qualification: tokens[index] ?? '' })),
  );
  return results.map((result) => (result.outcome === 'GRANTED' ? result : `not granted: ${result.outcome}`));
}

async function qualifyAll(campaignId: string, ...names: string[]) {
  const clients = await Promise.all(names.map((name) => world.signIn(`${campaignId}-${name}`)));
  const tokens = await Promise.all(clients.map(async (client) => (await qualify(client, campaignId)).token));
  return { clients, tokens };
}

async function untilRevealed(campaignId: string): Promise<Packets> {
  return until(
    'the seed is revealed',
    async () => {
      const result = await anyone().packets(campaignId, 'cash', { timeBudgetMs: 1_000 });
      return result.outcome === 'OK' && result.packets.revealed !== undefined && result.packets;
    },
    60_000,
  );
}

interface Verdict {
  readonly status: number;
  readonly output: string;
}

/** Beside the other test, whose people are grabbing meanwhile. */
function run(command: string, args: readonly string[]): Promise<Verdict> {
  return new Promise((resolve) => {
    execFile(command, args, (error, stdout, stderr) => {
      resolve({ status: Number(error?.code ?? 0), output: stdout + stderr });
    });
  });
}

/** What the documented commands say of a closed pool: the tool from the network and from a file, and Python from that file. */
async function verdicts(campaignId: string): Promise<Verdict[]> {
  const directory = mkdtempSync(join(tmpdir(), 'packets-'));
  const file = join(directory, 'packets.ndjson');
  const tool = join(ROOT, 'dist/tools/verify-packets/src/main.js');
  const where = ['--url', world.gatewayUrl, '--campaign', campaignId, '--pool', 'cash', '--save', file];
  try {
    return [
      await run(process.execPath, [tool, ...where]),
      await run(process.execPath, [tool, file]),
      await run('python3', [join(ROOT, 'docs/packets/verify.py'), file]),
    ];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The verdicts once the seed can be had: while money is still counted, or a service is late, it is "not revealed yet". */
const untilVerdicts = (campaignId: string) =>
  until('the packets can be read', async () => {
    const all = await verdicts(campaignId);
    return !all[0]?.output.includes('not revealed yet') && all;
  });

const verified = { status: 0, output: expect.stringMatching(/^VERIFIED/m) as string };

// Most of both is waiting for a T0.
it.concurrent('anyone can check the packets of a closed campaign, and nobody sees the seed before', async () => {
  const campaignId = newCampaignId('sealed');
  const base = cardSplit(campaignId, { t0InMs: 25_000, stock: 40, shards: 4, totalFen: 20_000 });
  const { splitAtMs = 0 } = base.timeline;
  await world.publish({ ...base, timeline: { ...base.timeline, closesAtMs: splitAtMs + 12_000 } });
  const { clients, tokens } = await qualifyAll(campaignId, 'a', 'b', 'c', 'd', 'e');

  const sealed = await until('the commitment is recorded', async () => {
    const result = await anyone().packets(campaignId, 'cash');
    return result.outcome === 'OK' && result.packets;
  });
  expect(sealed.revealed).toBeUndefined();
  expect(sealed.committedAtMs).toBeLessThan(splitAtMs);
  const venue = ok(await anyone().venue(campaignId));
  expect(venue.pools[0]?.packets?.commitment).toBe(sealed.commitment);

  const granted = await grabAll(clients, tokens, campaignId);
  const [early] = await verdicts(campaignId);
  expect(early).toMatchObject({ status: 1, output: expect.stringMatching(/not revealed yet/) as string });

  const revealed = await untilRevealed(campaignId);
  expect(revealed).toMatchObject({ commitment: sealed.commitment, committedAtMs: sealed.committedAtMs });
  const listed = ok(await anyone().grantedPackets(campaignId, 'cash')).packets;
  const expected = granted.map((grant) => (typeof grant === 'string' ? grant : [grant.unitNo, grant.amountFen]));
  expect(listed.map(({ unitNo, amountFen }) => [unitNo, amountFen])).toEqual(
    expected.sort(([one], [other]) => Number(one) - Number(other)),
  );
  expect(JSON.stringify([revealed, listed])).not.toContain(`${campaignId}-a`);
  expect(await untilVerdicts(campaignId)).toEqual([verified, verified, verified]);
});

it.concurrent(
  'one share for everyone qualified: counted, fixed and committed to before T0, and each gets one',
  async () => {
    const campaignId = newCampaignId('shares');
    const base = cardSplit(campaignId, { t0InMs: 35_000, stock: 0, shards: 4, totalFen: 10_000 });
    const { splitAtMs = 0 } = base.timeline;
    const timeline = { ...base.timeline, qualifyUntilMs: splitAtMs - 12_000, closesAtMs: splitAtMs + 8_000 };
    const pools = base.pools.map((pool) => ({ ...pool, stock: 0, sharePerQualified: true }));
    const spec: CampaignSpec = { ...base, timeline, pools };
    const [author, approver] = [
      await world.signIn('operator-1', ['operator']),
      await world.signIn('operator-2', ['operator']),
    ];
    ok(await publishByTwo(author, approver, spec));
    const { clients, tokens } = await qualifyAll(campaignId, 'a', 'b', 'c');
    expect(ok(await anyone().venue(campaignId)).pools[0]).toMatchObject({ stock: 0, sharePerQualified: true });

    const sealed = await until(
      'the shares are fixed',
      async () => {
        const result = await anyone().packets(campaignId, 'cash', { timeBudgetMs: 1_000 });
        return result.outcome === 'OK' && result.packets;
      },
      60_000,
    );
    expect(sealed).toMatchObject({ stock: 3, totalFen: 10_000 });
    expect(sealed.committedAtMs).toBeLessThan(splitAtMs);
    const granted = await grabAll(clients, tokens, campaignId);
    const amounts = granted.map((grant) => (typeof grant === 'string' ? grant : grant.amountFen));
    expect(amounts.reduce<number>((sum, amount) => sum + Number(amount), 0)).toBe(10_000);
    expect((await untilRevealed(campaignId)).revealed).toMatchObject({ granted: 3 });
    expect(await untilVerdicts(campaignId)).toEqual([verified, verified, verified]);
  },
);
