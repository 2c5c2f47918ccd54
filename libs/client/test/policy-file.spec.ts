import { AdaptiveThrottle, type Fetch, FloodgateClient, PolicyStore, RetryBudget } from '../src';
import { FileSigner, snapshotOf, tier3 } from './policy-files';
import { VirtualTime } from './virtual-time';

const GATEWAY = 'http://gateway.test';
const CDN = 'https://cdn.test/files';
const FILE = `${CDN}/policy/c.json`;
const START_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const tokenOf = (userId: string) => `h.${Buffer.from(JSON.stringify({ sub: userId })).toString('base64url')}.s`;

/** No gateway answers; the place of the files has what is put there. */
class DeadGateways {
  readonly sent: string[] = [];
  file: unknown;
  headers: Record<string, string> = {};

  readonly fetch: Fetch = (url) => {
    this.sent.push(url);
    if (url.startsWith(GATEWAY)) return Promise.reject(new TypeError('fetch failed'));
    const found = url === FILE && this.file !== undefined;
    const headers = { get: (name: string) => this.headers[name] ?? null };
    return Promise.resolve({
      status: found ? 200 : 404,
      headers,
      text: () => Promise.resolve(typeof this.file === 'string' ? this.file : JSON.stringify(this.file)),
    });
  };

  count(prefix: string): number {
    return this.sent.filter((url) => url.startsWith(prefix)).length;
  }
}

describe('the policy file', () => {
  const signer = new FileSigner();
  let net = new DeadGateways();
  let time = new VirtualTime();
  beforeEach(() => {
    net = new DeadGateways();
    time = new VirtualTime(START_MS);
  });

  const fileOf = (serial: number, version: number, share: number, by = signer) => {
    const nowMs = time.clock();
    return by.file({ serial, t0Ms: nowMs - HOUR_MS, nowMs }, snapshotOf(version, [tier3(share, START_MS - 1_000)]));
  };
  const clientOf = (more: object = {}) => {
    const { clock, sleep } = time;
    const keys = { policyFileUrls: [CDN], policyPublicKeys: ['no-key', new FileSigner().publicKey, signer.publicKey] };
    const common = { baseUrl: GATEWAY, token: tokenOf('ann'), fetch: net.fetch, clock, sleep, timeBudgetMs: 100 };
    return new FloodgateClient({ ...common, ...keys, ...more });
  };

  it('is obeyed when no gateway answers: who is shed sends nothing, not even the question for the policy', async () => {
    net.file = fileOf(1, 7, 1);
    expect(await clientOf().cards('c')).toMatchObject({ outcome: 'DROPPED_HERE' });
    expect(net.count(GATEWAY)).toBe(0);
    expect(net.count(CDN)).toBe(1);
  });

  it('is fetched at the start, and every 5 to 10 s while it matters', async () => {
    net.file = fileOf(1, 7, 0);
    const client = clientOf({ throttle: new AdaptiveThrottle({ k: Infinity }), random: () => 0.5 });
    for (let second = 0; second < 60; second += 1) {
      await client.cards('c');
      time.pass(1_000);
    }
    expect(net.count(CDN)).toBeGreaterThanOrEqual(7);
    expect(net.count(CDN)).toBeLessThanOrEqual(9);
  });

  it('ends what an earlier file began', async () => {
    net.file = fileOf(1, 7, 1);
    const client = clientOf();
    expect((await client.cards('c')).outcome).toBe('DROPPED_HERE');
    net.file = fileOf(2, 8, 0);
    expect((await client.cards('c')).outcome).toBe('DROPPED_HERE');
    time.pass(10_000);
    expect((await client.cards('c')).outcome).toBe('GAVE_UP');
  });

  it('never goes back: neither by its serial nor by the version of the plan', async () => {
    net.file = fileOf(5, 7, 1);
    const client = clientOf();
    await client.cards('c');
    for (const older of [fileOf(4, 8, 0), fileOf(5, 8, 0), fileOf(6, 6, 0)]) {
      net.file = older;
      time.pass(10_000);
      expect((await client.cards('c')).outcome).toBe('DROPPED_HERE');
    }
  });

  const forged = (change: (file: Record<string, unknown>) => Record<string, unknown>) => () => change(fileOf(1, 7, 1));
  it.each<[string, () => unknown]>([
    ['is signed by somebody else', () => fileOf(1, 7, 1, new FileSigner())],
    [
      'has another plan than was signed',
      forged((file) => ({ ...file, snapshot: String(file['snapshot']).replace('7', '8') })),
    ],
    [
      'has another schedule than was signed',
      forged((file) => ({ ...file, schedule: String(file['schedule']).replace('"serial":1', '"serial":9') })),
    ],
    [
      'has a signature that was made for something else',
      forged((file) => ({ ...file, signature: signer.sign('policy-file.v1', String(file['snapshot'])) })),
    ],
    [
      'has halves that do not belong together',
      forged((file) => ({
        ...file,
        schedule: fileOf(2, 6, 1)['schedule'],
        scheduleSignature: fileOf(2, 6, 1)['scheduleSignature'],
      })),
    ],
    [
      'is of another campaign',
      () => signer.file({ serial: 1, t0Ms: START_MS, nowMs: START_MS }, snapshotOf(7, [tier3(1, START_MS - 1)]), 'd'),
    ],
    ['has no signature', forged(({ signature: _, ...file }) => file)],
    ['is no JSON', () => '<html>'],
    ['is cut short', () => JSON.stringify(fileOf(1, 7, 1)).slice(0, 300)],
    ['is not there', () => undefined],
  ])('that %s is ignored', async (_, file) => {
    net.file = file();
    expect((await clientOf().cards('c')).outcome).toBe('GAVE_UP');
    expect(net.count(GATEWAY)).toBeGreaterThan(0);
  });

  it('is taken from the next place when the first has none that is genuine', async () => {
    net.file = fileOf(1, 7, 1);
    const client = clientOf({ policyFileUrls: ['https://other.test', CDN] });
    expect((await client.cards('c')).outcome).toBe('DROPPED_HERE');
  });

  it('sets the clock where no gateway has: by the date of the answer and its age', async () => {
    net.file = fileOf(1, 7, 0);
    net.headers = { date: new Date(START_MS + HOUR_MS).toUTCString(), age: '30' };
    const policies = new PolicyStore();
    await clientOf({ policies }).cards('c');
    expect(policies.serverMs('c', 0)).toBeGreaterThanOrEqual(HOUR_MS + 29_000);
    expect(policies.serverMs('c', 0)).toBeLessThanOrEqual(HOUR_MS + 31_000);
  });

  it('makes the load that is offered to dead gateways fall by the share of tier 3, over 4,000 people', async () => {
    const SHARE = 0.4;
    const people = Array.from({ length: 4_000 }, (_, i) => i);
    const load = async (file: unknown) => {
      net = new DeadGateways();
      net.file = file;
      const { fetch } = net;
      // Each with a store, a budget and a throttle of their own, as pages have them.
      const come = (i: number) => {
        const retryBudget = new RetryBudget({ start: (i % 100) / 100 });
        const { clock, sleep } = new VirtualTime(START_MS);
        const own = { token: tokenOf(`user-${i}`), fetch, clock, sleep, retryBudget, random: () => 0.99 };
        return clientOf({ ...own, policyPublicKeys: [signer.publicKey] }).cards('c');
      };
      for (let from = 0; from < people.length; from += 500) await Promise.all(people.slice(from, from + 500).map(come));
      return net.count(GATEWAY);
    };
    const before = await load(undefined);
    expect(before).toBeGreaterThanOrEqual(people.length);
    const fell = 1 - (await load(fileOf(1, 7, SHARE))) / before;
    expect(fell).toBeGreaterThan(SHARE - 0.03);
    expect(fell).toBeLessThan(SHARE + 0.03);
  });
});
