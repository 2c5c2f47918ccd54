import { activityV1 } from '@floodgate/contracts';
import { type Plan, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { SERVERS, until } from '@floodgate/testing';
import { type Challenge as AltchaChallenge, solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/sha';
import { CampaignCache } from '../src/campaign-cache';
import { RiskFeed } from '../src/limits/risk-feed';
import { stateDirWith } from './plan-on-disk';
import { timedSale } from './sample-campaigns';
import { granted, StubServices } from './stub-services';
import { bearer, startGateway, type TestGateway } from './test-gateway';

const HOUR_MS = 3_600_000;
/** Counts begin anew at no moment of a test. */
const LONG = { EXCESS_WINDOW_MS: '86400000000' };
const RULE = { api: 'grab', by: 'user', perMs: HOUR_MS, max: 3 };

describe('who may come, and how often', () => {
  const services = new StubServices();
  let gateway: TestGateway;

  beforeAll(() => services.start());
  afterAll(() => services.kill());
  beforeEach(() => {
    services.campaigns = [timedSale('sale', { openForMs: 10_000 })];
    services.onGrab = (grab) => granted(grab);
    services.risk = activityV1.GetRiskChangesResponse.fromPartial({});
    services.listings.length = 0;
  });
  afterEach(() => gateway.close());

  const start = async (more: Record<string, string> = {}, plan: Partial<Plan> = {}) => {
    const stateDir = await stateDirWith(plan, [{ campaignId: 'sale', tier: 1 }]);
    gateway = await startGateway(services, SERVERS.redisUrl, {
      STATE_DIR: stateDir,
      RISK_POLL_EVERY_MS: '20',
      ...LONG,
      ...more,
    });
    await until('campaigns are known', () => gateway.app.get(CampaignCache).peek('sale') !== undefined);
  };
  const call = async (
    method: 'GET' | 'PUT' | 'POST',
    url: string,
    headers: Record<string, string>,
    payload?: object,
  ) => {
    const answer = await gateway.app.inject({ method, url, headers, ...(payload && { payload }) });
    return answer.json<{ outcome: string; pollAfterMs?: number; challenge?: object }>();
  };
  const grab = (user: string, headers: Record<string, string> = {}, grabId = `g-${user}`) =>
    call('PUT', `/campaigns/sale/pools/phones/grabs/${grabId}`, { ...bearer(user), ...headers });
  const told = (change: Partial<activityV1.RiskChange>, version: number) => {
    const changes = [
      { kind: 'user', subject: 'u', reason: 'bot', expiresAtMs: String(Date.now() + HOUR_MS), ...change },
    ];
    services.risk = activityV1.GetRiskChangesResponse.fromPartial({ version: String(version), changes });
  };

  describe('the blacklist', () => {
    it.each<[string, string, Record<string, string>]>([
      ['user', 'ann', {}],
      ['device', 'phone-1', { 'fg-device': 'phone-1' }],
      ['network', '127.0.0.0/24', {}],
      ['network', '127.0.0.1', {}],
    ])('blocks a %s, %s, as long as activity says, and hides no result', async (kind, subject, headers) => {
      await start();
      expect((await grab('ann', headers)).outcome).toBe('GRANTED');
      told({ kind, subject }, 1);
      await until('it is blocked', async () => (await grab('ann', headers)).outcome === 'BLOCKED');
      const result = await call('GET', '/campaigns/sale/pools/phones/grabs/g-ann', { ...bearer('ann'), ...headers });
      expect(result.outcome).toBe('UNKNOWN_GRAB');
      if (kind !== 'network') expect((await grab('bob')).outcome).toBe('GRANTED');
      told({ kind, subject, expiresAtMs: '1' }, 2);
      await until('it is free again', async () => (await grab('ann', headers)).outcome === 'GRANTED');
    });

    it('starts anew when activity’s database was restored from an older copy', async () => {
      await start();
      told({ subject: 'ann' }, 9);
      await until('ann is blocked', async () => (await grab('ann')).outcome === 'BLOCKED');
      told({ subject: 'bob' }, 3);
      await until('bob is blocked', async () => (await grab('bob')).outcome === 'BLOCKED');
      expect((await grab('ann')).outcome).toBe('GRANTED');
    });
  });

  describe('the frequency limits', () => {
    it('refuse who comes too often, with a time to come back, and put who goes on with it on the blacklist', async () => {
      await start({ FREQUENCY_RULES: JSON.stringify([RULE]), EXCESS_MAX: '5', LISTED_FOR_MS: '60000' });
      for (let i = 0; i < 3; i += 1) expect((await grab('ann', {}, `g${i}`)).outcome).toBe('GRANTED');
      const refused = await grab('ann', {}, 'g4');
      expect(refused).toMatchObject({ outcome: 'TOO_FREQUENT' });
      expect(refused.pollAfterMs).toBeGreaterThan(0);
      expect((await grab('bob')).outcome).toBe('GRANTED');
      for (let i = 0; i < 4; i += 1) await grab('ann', {}, 'g4');
      const listing = await until('ann is put on the blacklist', () => services.listings[0]);
      expect(listing).toMatchObject({
        kind: 'user',
        subject: 'ann',
        listedBy: 'gateway',
        forMs: '60000',
        automatic: true,
      });
      expect(listing.reason).toContain('TOO_FREQUENT 5 times');
    });

    it('count excess over all gateways together', async () => {
      const common = {
        FREQUENCY_RULES: JSON.stringify([{ ...RULE, max: 1 }]),
        EXCESS_MAX: '6',
        CAP_GROUP: `g-${Date.now()}`,
      };
      await start(common);
      const first = gateway;
      await start(common);
      try {
        for (const one of [first, gateway]) {
          for (let i = 0; i < 4; i += 1) {
            await one.app.inject({
              method: 'PUT',
              url: '/campaigns/sale/pools/phones/grabs/g',
              headers: bearer('ann'),
            });
          }
        }
        expect(await until('ann is put on the blacklist', () => services.listings[0])).toMatchObject({
          subject: 'ann',
        });
      } finally {
        await first.close();
      }
    });

    it('never put a network on the blacklist by themselves', async () => {
      const rules = [{ ...RULE, by: 'network', max: 1 }];
      await start({ FREQUENCY_RULES: JSON.stringify(rules), EXCESS_MAX: '2' });
      const answers = [];
      for (let i = 0; i < 20; i += 1) answers.push((await grab(`u${i}`)).outcome);
      expect(answers.filter((outcome) => outcome === 'TOO_FREQUENT')).toHaveLength(19);
      // The counts of users are sent after those of networks would have been.
      services.risk = activityV1.GetRiskChangesResponse.fromPartial({
        rulesVersion: '1',
        rules: [{ ...RULE, max: 1 }],
      });
      await until('networks are counted no more', async () => (await grab('zoe')).outcome === 'GRANTED');
      for (let i = 0; i < 20; i += 1) await grab('ann');
      await until('ann is put on the blacklist', () => services.listings[0]);
      expect(services.listings.map(({ kind }) => kind)).toEqual(['user']);
    });

    it('count people behind a trusted proxy by their own networks, and only there', async () => {
      const rules = JSON.stringify([{ ...RULE, by: 'network', max: 1 }]);
      await start({ FREQUENCY_RULES: rules, TRUSTED_PROXIES: '127.0.0.1' });
      const from = (address: string) => ({ 'x-forwarded-for': address });
      expect((await grab('ann', from('203.0.113.1'))).outcome).toBe('GRANTED');
      expect((await grab('bob', from('198.51.100.1'))).outcome).toBe('GRANTED');
      expect((await grab('eve', from('203.0.113.200'))).outcome).toBe('TOO_FREQUENT');
      await gateway.close();
      await start({ FREQUENCY_RULES: rules });
      expect((await grab('ann', from('203.0.113.1'))).outcome).toBe('GRANTED');
      expect((await grab('bob', from('198.51.100.1'))).outcome).toBe('TOO_FREQUENT');
    });

    it('are activity’s once it has set some; rules that make no sense change nothing', async () => {
      await start({ FREQUENCY_RULES: JSON.stringify([{ ...RULE, max: 1 }]) });
      const { limits } = gateway.app.get(RiskFeed);
      await grab('ann');
      services.risk = activityV1.GetRiskChangesResponse.fromPartial({
        rulesVersion: '1',
        rules: [{ ...RULE, by: 'planet' }],
      });
      const asked = services.callsOf('getRiskChanges');
      // The answer to the second of these is known to be taken in when the third is asked for.
      await until('it was asked again', () => services.callsOf('getRiskChanges') > asked + 2);
      expect((await grab('ann')).outcome).toBe('TOO_FREQUENT');
      services.risk = activityV1.GetRiskChangesResponse.fromPartial({ rulesVersion: '2', rules: [] });
      await until('there is no rule any more', () => !limits.limits('grab'));
      expect((await grab('ann')).outcome).toBe('GRANTED');
    });
  });

  describe('the challenge', () => {
    const { tier1, tier2 } = REFERENCE_PLAN;
    // Tiers add up: what 1 asks for, 2 does too.
    const asked: Partial<Plan> = { tier1: { ...tier1, challenge: 'on' }, tier2: { ...tier2, challenge: 'on' } };
    const solutionFor = async (user: string) => {
      const { challenge } = await call('GET', '/campaigns/sale/challenge', bearer(user));
      const solution = await solveChallenge({ challenge: challenge as AltchaChallenge, deriveKey });
      return { 'fg-challenge': Buffer.from(JSON.stringify({ challenge, solution })).toString('base64') };
    };

    it('is asked of grabs while the plan says so, and is good for one grab of one person', async () => {
      await start({ CHALLENGE_ZEROS: '2' }, asked);
      expect((await grab('ann')).outcome).toBe('CHALLENGE_REQUIRED');
      expect((await grab('ann', { 'fg-challenge': 'rubbish' })).outcome).toBe('CHALLENGE_REQUIRED');
      const solved = await solutionFor('ann');
      expect((await grab('bob', solved)).outcome).toBe('CHALLENGE_REQUIRED');
      expect((await grab('ann', solved)).outcome).toBe('GRANTED');
      expect((await grab('ann', solved)).outcome).toBe('GRANTED');
      expect((await grab('ann', solved, 'another')).outcome).toBe('CHALLENGE_REQUIRED');
      const result = await call('GET', '/campaigns/sale/pools/phones/grabs/g-ann', bearer('ann'));
      expect(result.outcome).toBe('UNKNOWN_GRAB');
    });

    it('is not asked while the plan does not, and given to nobody who is not signed in or for no campaign', async () => {
      await start({}, { tier1: { ...tier1, challenge: 'off' } });
      expect((await grab('ann')).outcome).toBe('GRANTED');
      expect((await call('GET', '/campaigns/sale/challenge', {})).outcome).toBe('SIGNED_OUT');
      expect((await call('GET', '/campaigns/none/challenge', bearer('ann'))).outcome).toBe('NO_SUCH_CAMPAIGN');
    });
  });

  describe('for operators', () => {
    it('revokes a user, whose tokens are good for nothing from then on', async () => {
      await start();
      expect((await grab('ann')).outcome).toBe('GRANTED');
      const body = { kind: 'user', id: 'ann', forMs: 60_000 };
      expect((await call('POST', '/admin/revocations', bearer('ann'), body)).outcome).toBe('FORBIDDEN');
      expect((await call('POST', '/admin/revocations', bearer('op', 'operator'), body)).outcome).toBe('OK');
      expect((await grab('ann')).outcome).toBe('SIGNED_OUT');
      expect((await call('GET', '/campaigns/sale/cards', bearer('ann'))).outcome).toBe('SIGNED_OUT');
      expect((await grab('bob')).outcome).toBe('GRANTED');
    });

    it('passes listings on to activity', async () => {
      await start();
      const body = { kind: 'device', subject: 'd1', reason: 'a farm', forMs: 60_000 };
      expect((await call('POST', '/admin/risk/listings', bearer('op', 'operator'), body)).outcome).toBe('OK');
      expect(services.listings).toEqual([
        { kind: 'device', subject: 'd1', reason: 'a farm', listedBy: 'op', forMs: '60000', automatic: false },
      ]);
      expect((await call('POST', '/admin/risk/listings', bearer('ann'), body)).outcome).toBe('FORBIDDEN');
      const wrong = { ...body, kind: 'planet' };
      expect((await call('POST', '/admin/risk/listings', bearer('op', 'operator'), wrong)).outcome).toBe(
        'INVALID_REQUEST',
      );
    });
  });
});
