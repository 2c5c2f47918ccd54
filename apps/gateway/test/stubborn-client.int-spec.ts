import { type Plan, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { SERVERS, until } from '@floodgate/testing';
import { CampaignCache } from '../src/campaign-cache';
import { stateDirWith } from './plan-on-disk';
import { timedSale } from './sample-campaigns';
import { granted, StubServices } from './stub-services';
import { bearer, startGateway, type TestGateway } from './test-gateway';

const HOUR_MS = 3_600_000;
const TRIES = 100;
const { tier1, tier2 } = REFERENCE_PLAN;
const nobodyDropped: Plan['tier2'] = {
  ...tier2,
  serverDrop: { windowMs: HOUR_MS, shares: { pay: 0, grab: 0, qualify: 0, browse: 0 } },
};

describe('a client that ignores everything it is told', () => {
  const services = new StubServices();
  let gateway: TestGateway;

  beforeAll(() => services.start());
  afterAll(() => services.kill());
  beforeEach(() => {
    services.campaigns = [timedSale('sale', { openForMs: 10_000 }), timedSale('later', { openForMs: -HOUR_MS })];
    services.onGrab = (grab) => granted(grab);
    services.frames.length = 0;
  });
  afterEach(() => gateway.close());

  const start = async (plan: Partial<Plan>, more: Record<string, string> = {}) => {
    const stateDir = await stateDirWith(plan, [{ campaignId: 'sale', tier: 2 }]);
    gateway = await startGateway(services, SERVERS.redisUrl, { STATE_DIR: stateDir, ...more });
    await until('campaigns are known', () => gateway.app.get(CampaignCache).peek('later') !== undefined);
  };
  const grab = async (user: string, no: number, headers: Record<string, string> = {}, campaignId = 'sale') => {
    const url = `/campaigns/${campaignId}/pools/phones/grabs/g-${user}-${no}`;
    const answer = await gateway.app.inject({ method: 'PUT', url, headers: { ...bearer(user), ...headers } });
    return answer.json<{ outcome: string }>().outcome;
  };
  /** One grab after another under ever new ids, with no pause and made-up headers; each outcome once. */
  const insist = async (user: string, headers: Record<string, string> = {}, campaignId = 'sale') => {
    const outcomes = new Set<string>();
    for (let no = 0; no < TRIES; no++) outcomes.add(await grab(user, no, headers, campaignId));
    return [...outcomes];
  };
  const sentOn = () => services.frames.flat().length;

  it('is dropped as often as it asks while the plan drops it, and inventory hears nothing of it', async () => {
    const shares = { pay: 0, grab: 0.5, qualify: 0.5, browse: 0.5 };
    await start({ tier2: { ...tier2, serverDrop: { windowMs: HOUR_MS, shares } } });
    const users = Array.from({ length: 40 }, (_, no) => `user-${no}`);
    let dropped = '';
    for (const user of users) if ((await grab(user, -1)) === 'DROPPED_BY_PLAN') dropped = user;
    expect(dropped).not.toBe('');
    const before = sentOn();
    expect(await insist(dropped, { 'fg-pass': 'let me in', 'fg-cursor': 'pay:0' })).toEqual(['DROPPED_BY_PLAN']);
    expect(sentOn()).toBe(before);
  });

  it('has no grab before T0, however early and often it comes', async () => {
    await start({});
    expect(await insist('ann', {}, 'later')).toEqual(['NOT_OPEN_YET']);
    expect(sentOn()).toBe(0);
  });

  it('gets what its frequency allows and nothing more, and takes nothing from anybody else', async () => {
    const FREQUENCY_RULES = JSON.stringify([{ api: 'grab', by: 'user', perMs: HOUR_MS, max: 3 }]);
    await start({ tier2: nobodyDropped }, { FREQUENCY_RULES });
    expect(await insist('ann')).toEqual(['GRANTED', 'TOO_FREQUENT']);
    expect(sentOn()).toBe(3);
    expect(await grab('bob', 0)).toBe('GRANTED');
  });

  it('gets no more by ever new names on one device', async () => {
    const FREQUENCY_RULES = JSON.stringify([{ api: 'grab', by: 'device', perMs: HOUR_MS, max: 3 }]);
    await start({ tier2: nobodyDropped }, { FREQUENCY_RULES });
    const outcomes = [];
    for (let no = 0; no < TRIES; no++) outcomes.push(await grab(`name-${no}`, no, { 'fg-device': 'phone' }));
    expect(outcomes.filter((outcome) => outcome === 'GRANTED')).toHaveLength(3);
    expect(await grab('bob', 0, { 'fg-device': 'another' })).toBe('GRANTED');
  });

  it('is turned away at a cap that others have used up, until its turn', async () => {
    await start({
      tier1: { ...tier1, caps: { ...tier1.caps, grab: 1 }, room: { ...tier1.room, open: 'off' } },
      tier2: nobodyDropped,
    });
    const startedAt = performance.now();
    await insist('ann');
    const secondsAtMost = Math.ceil((performance.now() - startedAt) / 1_000) + 1;
    expect(sentOn()).toBeLessThanOrEqual(secondsAtMost);
    expect(sentOn()).toBeLessThan(TRIES);
  });
});
