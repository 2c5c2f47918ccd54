import { cardCollectionV1 } from '@floodgate/contracts';
import { SERVERS, until } from '@floodgate/testing';
import { CampaignCache } from '../src/campaign-cache';
import { timedSale } from './sample-campaigns';
import { StubServices } from './stub-services';
import { bearer, startGateway, type TestGateway } from './test-gateway';

const WORK_MS = 2;
/** So many are served until the cursor has found its place, and so many more in the crowd that is judged. */
const SETTLING = 300;
const JUDGED = 300;

/** Requests of many people for one campaign, or payments. */
interface Requests {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** So many for each look at the cards that is served, however fast that is. */
  readonly times: number;
}
type Outcomes = Map<string, number>;
interface Seen {
  /** Of those answered once the cursor has found its place. */
  readonly outcomes: Outcomes;
  /** Without those who still waited when the crowd ended, and are served then. */
  readonly inTheCrowd: Outcomes;
}

const sharesOf = (outcomes: Outcomes) => {
  const all = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
  return {
    served: ((outcomes.get('OK') ?? 0) + (outcomes.get('WAIT') ?? 0)) / all,
    tooHot: (outcomes.get('TOO_HOT') ?? 0) / all,
  };
};
const cardsOf = (campaignId: string) => `/campaigns/${campaignId}/cards`;

describe('a gateway that is asked more than it can serve', () => {
  const services = new StubServices();
  let gateway: TestGateway;
  let burned = 0;

  beforeAll(async () => {
    services.campaigns = [timedSale('busy', { openForMs: 10_000 }), timedSale('quiet', { openForMs: 10_000 })];
    // The stand-ins live in this process, so what they burn the gateway lacks.
    Object.defineProperty(services, 'cards', {
      get: () => {
        burned += 1;
        const burnsUntil = performance.now() + WORK_MS;
        while (performance.now() < burnsUntil);
        return cardCollectionV1.GetCardsResponse.fromPartial({});
      },
    });
    await services.start();
  });
  afterAll(() => services.kill());
  beforeEach(async () => {
    gateway = await startGateway(services, SERVERS.redisUrl, {
      ADMISSION_WAIT_MS_MAX: '50000',
      ADMISSION_WAIT_MS_TARGET: '20',
      // Whoever is refused is so for the time that others would wait, and not for want of room.
      ADMISSION_QUEUE_MAX: '100000',
    });
    await until('campaigns are known', () => gateway.app.get(CampaignCache).peek('quiet') !== undefined);
  });
  afterEach(() => gateway.close());

  // Without a socket: what a client does in this process costs the gateway more than a refusal, and what waits for a socket has not arrived.
  const send = async ({ path, method }: Requests, headers = {}): Promise<string> => {
    const answer = await gateway.app.inject({ method, url: path, headers, ...(method === 'POST' && { payload: {} }) });
    return answer.json<{ outcome: string }>().outcome;
  };
  /** What these requests come to. They do not wait for each other's answers. */
  const offer = async (all: readonly Requests[]): Promise<Seen[]> => {
    // Their tokens are good for a minute.
    const people = Array.from({ length: 1_000 }, (_, no) => bearer(`user-${no}`));
    const offered = all.map((requests) => ({ requests, sent: 0, outcomes: new Map<string, number>() }));
    const under = new Set<Promise<void>>();
    const before = burned;
    for (let ticks = 1; burned - before < SETTLING + JUDGED;) {
      for (const its of offered) {
        for (; its.sent < (burned - before + ticks) * its.requests.times; its.sent++) {
          const one = send(its.requests, people[(its.sent * 37) % people.length]).then((outcome) => {
            if (burned - before >= SETTLING) its.outcomes.set(outcome, (its.outcomes.get(outcome) ?? 0) + 1);
          });
          under.add(one);
          void one.finally(() => under.delete(one));
        }
      }
      await new Promise(setImmediate);
      // Nobody is being served: time goes on all the same.
      if (under.size === 0) ticks += 1;
    }
    const inTheCrowd = offered.map(({ outcomes }) => new Map(outcomes));
    await Promise.all(under);
    return offered.map(({ outcomes }, index) => ({ outcomes, inTheCrowd: inTheCrowd[index] ?? new Map() }));
  };

  it('refuses who only looks, and serves who pays', async () => {
    const cards: Requests = { path: cardsOf('busy'), method: 'GET', times: 8 };
    const payments: Requests = { path: '/orders/o1/cancellation', method: 'POST', times: 0.2 };
    const [looking, paying] = await offer([cards, payments]);
    if (!looking || !paying) throw new Error('nothing was offered');
    expect(sharesOf(paying.outcomes).served).toBeGreaterThan(0.95);
    expect(sharesOf(looking.inTheCrowd).tooHot).toBeGreaterThan(0.5);
  });

  it('lets no campaign suffer from the crowd at another', async () => {
    const busy: Requests = { path: cardsOf('busy'), method: 'GET', times: 8 };
    const quiet: Requests = { path: cardsOf('quiet'), method: 'GET', times: 0.1 };
    const [loud, still] = await offer([busy, quiet]);
    if (!loud || !still) throw new Error('nothing was offered');
    expect(sharesOf(still.outcomes).served).toBeGreaterThan(0.8);
    expect(sharesOf(loud.inTheCrowd).served).toBeLessThan(0.5);
  });
});
