import { createServer, type Server } from 'node:http';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AdaptiveThrottle, type AttemptEvent, type Fetch, FloodgateClient, PolicyStore } from '@floodgate/client';
import { type Api, type Plan, type RouteForecast } from '@floodgate/domain/degradation-plan';
import { signJwt } from '@floodgate/nest-kit';
import { until } from '@floodgate/testing';
import { newCampaignId, QUICK_PLAN, timedSale, World } from './support/world';

// A dry run takes up to a minute on a slow machine, and the same load comes again.
jest.setTimeout(300_000);

const HOUR_MS = 3_600_000;
const PEOPLE = 500;
const AT_A_TIME = 16;
/** A dry run lasts a minute at most; nobody sets out in its last quarter. */
const REHEARSAL_S = 60;
const LAST_MS = 15_000;

/** Whoever comes may enter at once. */
const BEFORE: Plan = {
  ...QUICK_PLAN,
  tier1: { ...QUICK_PLAN.tier1, entry: { ...QUICK_PLAN.tier1.entry, releaseOverMs: 0 } },
};

/** Windows and rounds are so long that the rehearsal and what follows it lie in one. */
const REHEARSED: Plan = {
  ...BEFORE,
  title: 'rehearsed',
  tier1: {
    ...BEFORE.tier1,
    lottery: { drawnShare: 0.6, roundMs: HOUR_MS },
  },
  tier2: {
    ...BEFORE.tier2,
    serverDrop: { shares: { pay: 0, grab: 0.2, qualify: 0.4, browse: 0.7 }, windowMs: HOUR_MS },
  },
  tier3: {
    ...BEFORE.tier3,
    clientDrop: { shares: { pay: 0, grab: 0.05, qualify: 0.1, browse: 0.5 }, windowMs: HOUR_MS },
  },
};

/** However slow the machine, what is shed is shed by the plan. */
const NEVER_TOO_HOT = { ADMISSION_WAIT_MS_MAX: '50000', ADMISSION_WAIT_MS_TARGET: '50000' };

const API_OF: Readonly<Record<string, Api>> = {
  'GET /campaigns/{campaignId}/entry': 'entry',
  'GET /campaigns/{campaignId}/venue': 'venue',
  'GET /campaigns/{campaignId}/cards': 'cards',
  'GET /campaigns/{campaignId}/qualification': 'qualification',
  'PUT /campaigns/{campaignId}/pools/{poolId}/grabs/{grabId}': 'grab',
};
const ROUTES = ['cards', 'entry', 'grab', 'qualification', 'venue'] as const;
const SHED = ['DROPPED_HERE', 'DROPPED_BY_PLAN', 'NOT_DRAWN'];

let world: World;
let files: string;
let cdn: Server;

beforeAll(async () => {
  files = await mkdtemp(join(tmpdir(), 'floodgate-files-'));
  cdn = createServer((request, response) => {
    readFile(join(files, request.url ?? '')).then(
      (content) => response.end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => cdn.listen(0, '127.0.0.1', resolve));
  world = await World.start({
    gateway: { CAMPAIGN_POLL_EVERY_MS: '200', ...NEVER_TOO_HOT },
    'degradation-plan': { POLICY_FILE_DIR: files, ADMIN_LIMIT_PER_MINUTE: '100000' },
  });
  await world.putPlanIntoForce(BEFORE);
});
afterAll(async () => {
  await world.stop();
  cdn.close();
  await rm(files, { recursive: true });
});

const tokenOf = (userId: string) =>
  signJwt({ userId, roles: ['participant'], ttlMs: HOUR_MS }, world.environment.apps.gateway.env['JWT_SECRET'] ?? '');

interface Seen {
  requests: number;
  shed: number;
}

/** Each of them once, a few at a time, as long as there is time; how many came. */
async function comeAll(come: (no: number) => Promise<unknown>, people = PEOPLE, endMs = Infinity): Promise<number> {
  let next = 0;
  const walk = async () => {
    while (next < people && Date.now() < endMs) await come(next++);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, walk));
  return next;
}

/** Everybody's way from the entry to the grab, once; how many came, and what was shed of it, by route. */
async function play(campaignId: string, people = PEOPLE, endMs = Infinity) {
  const seen = new Map(ROUTES.map((api): [Api, Seen] => [api, { requests: 0, shed: 0 }]));
  const note = ({ method, route, outcome, attempt }: AttemptEvent) => {
    const api = API_OF[`${method} ${route}`];
    const count = api && seen.get(api);
    if (!count || attempt !== 1) return;
    count.requests += 1;
    if (SHED.includes(outcome)) count.shed += 1;
  };
  const shared = {
    baseUrl: world.gatewayUrl,
    policies: new PolicyStore(),
    onAttempt: note,
    attemptsMax: 1,
    attemptTimeoutMs: 60_000,
  };
  const come = async (no: number) => {
    const throttle = new AdaptiveThrottle({ k: Infinity });
    const token = tokenOf(`${campaignId}-${no}`);
    const client = new FloodgateClient({ ...shared, token, throttle, timeBudgetMs: 1 });
    await client.enter(campaignId, { timeBudgetMs: 5_000 });
    await client.venue(campaignId);
    await client.cards(campaignId);
    await client.qualification(campaignId);
    await client.grab(campaignId, 'goods');
    if (no % 10 > 0) return;
    // Whoever is not signed in is refused before the plan is asked, and so is no part of what it sheds.
    const nobody = await fetch(`${world.gatewayUrl}/campaigns/${campaignId}/entry`);
    expect(await nobody.json()).toMatchObject({ outcome: 'SIGNED_OUT' });
  };
  return { people: await comeAll(come, people, endMs), seen };
}

describe('a rehearsal', () => {
  it('foretells, for each route, what is then shed of the same load, within 5 points', async () => {
    const campaignId = newCampaignId('sale');
    await world.publish(timedSale(campaignId, { opensInMs: 10_000, stock: 2 * PEOPLE }));
    const desk = world.desk();
    const draft = await desk.draft(REHEARSED);
    const url = `/plans/${draft.planNo}/dry-run`;
    const venueUrl = `${world.gatewayUrl}/campaigns/${campaignId}/venue`;
    await until('the sale is open', async () => {
      const { nowMs, timeline } = (await (await fetch(venueUrl)).json()) as {
        nowMs: number;
        timeline: { opensAtMs: number };
      };
      return nowMs > timeline.opensAtMs;
    });
    const wanted = { campaignId, tier: 3, seconds: REHEARSAL_S };
    const { dryRunId, untilMs } = await desk.ask<{ dryRunId: string; untilMs: number }>('POST', url, wanted);
    const report = () => desk.ask<{ instances: string[]; routes: RouteForecast[] }>('GET', `${url}/${dryRunId}`);
    await until('the gateway counts', async () => (await report()).instances.length > 0);
    const { people, seen: before } = await play(campaignId, PEOPLE, untilMs - LAST_MS);
    // A plan that is only tried out sheds nobody.
    expect([...before.values()]).toEqual(ROUTES.map(() => ({ requests: people, shed: 0 })));
    const foretold = await until('all is counted', async () => {
      const { routes } = await report();
      return ROUTES.every((api) => routes.some((one) => one.api === api && one.requests === people)) && routes;
    });

    await world.desk('operator-2').approve(draft);
    await desk.publish(draft.planNo);
    await world.setTier({ tier: 3, campaignId, ttlMs: HOUR_MS });
    const { seen: then } = await play(campaignId, people);
    await world.endTier(campaignId);
    await world.putPlanIntoForce(QUICK_PLAN);

    for (const api of ROUTES) {
      const { requests, shed } = then.get(api) ?? { requests: 0, shed: NaN };
      const share = foretold.find((one) => one.api === api)?.share ?? NaN;
      const isForetold = Math.abs(share - shed / requests) < 0.05;
      expect({ api, requests, isForetold, share, shed }).toMatchObject({ requests: people, isForetold: true });
    }
    const shareOf = (api: Api) => foretold.find((one) => one.api === api)?.share ?? NaN;
    // The same people at each step, the more of them the less it matters; the lottery chooses others.
    expect(shareOf('entry')).toBeGreaterThan(shareOf('venue'));
    expect(shareOf('venue')).toBeGreaterThan(shareOf('qualification'));
    expect(shareOf('grab')).toBeGreaterThan(0.3);
  });
});

describe('a tier that is set while every gateway is dead', () => {
  it('reaches clients by the signed file, and what they offer falls by its share', async () => {
    const campaignId = newCampaignId('sale');
    await world.publish(timedSale(campaignId, { opensInMs: HOUR_MS }));
    const place = `http://127.0.0.1:${(cdn.address() as AddressInfo).port}`;
    const publicKeys = (world.environment.apps.gateway.env['POLICY_PUBLIC_KEYS'] ?? '').split(',');
    await until('the file is there', async () => (await fetch(`${place}/policy/${campaignId}.json`)).ok);
    await world.stack.kill('gateway');

    const offered = async () => {
      let count = 0;
      const counting: Fetch = (url, init) => {
        if (url.startsWith(world.gatewayUrl)) count += 1;
        return fetch(url, init);
      };
      const more = { policyFileUrls: [place], policyPublicKeys: publicKeys, fetch: counting, timeBudgetMs: 1 };
      await comeAll((no) => {
        const token = tokenOf(`${campaignId}-${no}`);
        return new FloodgateClient({ baseUrl: world.gatewayUrl, token, ...more, attemptsMax: 1 }).cards(campaignId);
      });
      return count;
    };
    const before = await offered();
    expect(before).toBeGreaterThanOrEqual(PEOPLE);
    await world.desk().setTier({ tier: 3, campaignId, ttlMs: HOUR_MS, clientDropShare: 0.6 });
    // With no gateway to ask, a client knows the time by the file's date, which is told in whole seconds.
    await sleep(1_000);
    const fell = 1 - (await offered()) / before;
    await world.endTier(campaignId);
    expect(fell).toBeGreaterThan(0.5);
    expect(fell).toBeLessThan(0.7);
  });
});
