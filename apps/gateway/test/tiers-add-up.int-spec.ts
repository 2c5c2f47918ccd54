import { type Plan, REFERENCE_PLAN, type Tier } from '@floodgate/domain/degradation-plan';
import { SERVERS, until } from '@floodgate/testing';
import { CampaignCache } from '../src/campaign-cache';
import { stateDirWith } from './plan-on-disk';
import { timedSale } from './sample-campaigns';
import { granted, Refused, StubServices } from './stub-services';
import { bearer, startGateway } from './test-gateway';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TIERS: readonly Tier[] = [0, 1, 2, 3];

const { tier1, tier2 } = REFERENCE_PLAN;
/** Windows and rounds are longer than the test. */
const plan: Partial<Plan> = {
  tier1: { ...tier1, lottery: { drawnShare: 0.8, roundMs: DAY_MS } },
  tier2: { ...tier2, serverDrop: { ...tier2.serverDrop, windowMs: DAY_MS } },
};
const users = Array.from({ length: 150 }, (_, no) => `user-${no}`);

describe('the tiers of a plan at a gateway', () => {
  const services = new StubServices();
  beforeAll(async () => {
    services.campaigns = [timedSale('sale', { openForMs: HOUR_MS })];
    services.onGrab = (grab) => granted(grab);
    // What the order service says shows that the payment has come to it.
    services.order = new Refused('ORDER_EXPIRED');
    await services.start();
  });
  afterAll(() => services.kill());

  /** Who gets through with what, at a tier set by hand. */
  async function admittedAt(tier: Tier): Promise<{ browse: string[]; grab: string[]; pay: string[] }> {
    const STATE_DIR = await stateDirWith(plan, tier === 0 ? [] : [{ campaignId: 'sale', tier }]);
    const gateway = await startGateway(services, SERVERS.redisUrl, { STATE_DIR });
    try {
      await until('the campaign is known', () => gateway.app.get(CampaignCache).peek('sale') !== undefined);
      const through = async (method: 'GET' | 'PUT' | 'POST', urlOf: (user: string) => string, sign: string) => {
        const answers = await Promise.all(
          users.map(async (user) => {
            const payload = { paymentId: 'p', checkoutToken: 't' };
            const request = { method, url: urlOf(user), headers: bearer(user), ...(method === 'POST' && { payload }) };
            return { user, outcome: (await gateway.app.inject(request)).json<{ outcome: string }>().outcome };
          }),
        );
        return answers.filter(({ outcome }) => outcome === sign).map(({ user }) => user);
      };
      return {
        browse: await through('GET', () => '/campaigns/sale/cards', 'OK'),
        grab: await through('PUT', (user) => `/campaigns/sale/pools/phones/grabs/g-${user}`, 'GRANTED'),
        pay: await through('POST', () => '/orders/o1/payments', 'ORDER_EXPIRED'),
      };
    } finally {
      await gateway.close();
    }
  }

  it('admit with each higher one nobody whom a lower one sheds, and everybody who pays at all of them', async () => {
    const admitted = [];
    for (const tier of TIERS) admitted.push(await admittedAt(tier));
    const [none, first, second, third] = admitted;
    expect(none?.browse).toEqual(users);
    expect(none?.grab).toEqual(users);
    expect(first?.grab.length).toBeLessThan(users.length);
    expect(second?.grab.length).toBeLessThan(first?.grab.length ?? 0);
    expect(second?.browse.length).toBeLessThan(users.length);
    // What tier 3 adds, clients drop.
    expect(third).toEqual(second);
    for (const [lower, higher] of [
      [none, first],
      [first, second],
      [second, third],
    ]) {
      for (const what of ['browse', 'grab'] as const) {
        expect(higher?.[what].filter((user) => lower?.[what].includes(user) !== true)).toEqual([]);
      }
    }
    for (const { pay } of admitted) expect(pay).toEqual(users);
    // Whoever may still browse may still grab, but for the lottery.
    expect(second?.browse.filter((user) => first?.grab.includes(user) === true)).toEqual(
      second?.grab.filter((user) => second.browse.includes(user)),
    );
  });
});
