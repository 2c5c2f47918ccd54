import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createRedis, type RedisClient } from '@floodgate/adapters/redis';
import { MemoryLog, SERVERS, until } from '@floodgate/testing';
import { type Challenge as AltchaChallenge, solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/sha';
import { Captcha } from './captcha';
import { ProofOfWork } from './proof-of-work';
import { SpentSolutions } from './spent-solutions';

const SECRET = 'token-secret-for-tests-0123456789abcdef';
const NOW_MS = 1_000_000_000_000;
const TTL_MS = 60_000;
const ann = { userId: 'ann', campaignId: 'sale' };
const use = (more: object = {}) => ({ ...ann, grabId: 'g1', ...more });
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64');

describe('challenges, on real Redis', () => {
  let redis: RedisClient;
  let away: RedisClient;
  const log = new MemoryLog();

  beforeAll(async () => {
    redis = createRedis(SERVERS.redisUrl, { commandTimeout: 60_000 });
    await redis.connect();
    away = createRedis('redis://127.0.0.1:1');
    away.on('error', () => undefined);
  });
  afterAll(() => {
    redis.disconnect();
    away.disconnect();
  });

  describe('SpentSolutions', () => {
    it('spends a solution once over all gateways, and again only on the same grab', async () => {
      const group = randomUUID();
      const [here, there] = [new SpentSolutions(redis, group, log), new SpentSolutions(redis, group, log)];
      expect(await here.spend('s1', 'g1', TTL_MS)).toBe(true);
      expect(await there.spend('s1', 'g1', TTL_MS)).toBe(true);
      expect(await there.spend('s1', 'g2', TTL_MS)).toBe(false);
      expect(await here.spend('s1', 'g2', TTL_MS)).toBe(false);
      expect(await here.spend('s2', 'g2', TTL_MS)).toBe(true);
    });

    it('lets one of many that come at once have it', async () => {
      const group = randomUUID();
      const gateways = Array.from({ length: 20 }, () => new SpentSolutions(redis, group, log));
      const spent = await Promise.all(gateways.map((gateway, i) => gateway.spend('s1', `g${i}`, TTL_MS)));
      expect(spent.filter(Boolean)).toHaveLength(1);
    });

    it('remembers by itself while Redis is away, and says so once', async () => {
      log.lines.length = 0;
      const alone = new SpentSolutions(away, 'x', log);
      expect(await alone.spend('s1', 'g1', TTL_MS)).toBe(true);
      expect(await alone.spend('s1', 'g1', TTL_MS)).toBe(true);
      expect(await alone.spend('s1', 'g2', TTL_MS)).toBe(false);
      expect(log.lines.map(({ message }) => message)).toEqual(['spent solutions are remembered by each gateway alone']);
    });
  });

  describe('ProofOfWork', () => {
    const options = { secret: SECRET, ttlMs: TTL_MS, zeros: 2, cost: 1 };
    const workOf = (more: object = {}) =>
      new ProofOfWork(new SpentSolutions(redis, randomUUID(), log), { ...options, ...more });
    const solve = async (challenge: object) => {
      const solution = await solveChallenge({ challenge: challenge as AltchaChallenge, deriveKey });
      return { challenge, solution } as {
        challenge: AltchaChallenge;
        solution: { counter: number; derivedKey: string };
      };
    };

    it('takes a solved challenge for a grab, and for its retries, and for nothing else', async () => {
      const work = workOf();
      const solved = encode(await solve(await work.issue(ann, NOW_MS)));
      expect(await work.verify(solved, use(), NOW_MS)).toBe(true);
      expect(await work.verify(solved, use(), NOW_MS + 1_000)).toBe(true);
      expect(await work.verify(solved, use({ grabId: 'g2' }), NOW_MS)).toBe(false);
    });

    it.each([
      ['another user', { userId: 'bob' }, 0],
      ['another campaign', { campaignId: 'other' }, 0],
      ['a later time than it is good for', {}, TTL_MS],
    ])('refuses it for %s', async (_, other, laterMs) => {
      const work = workOf();
      const solved = encode(await solve(await work.issue(ann, NOW_MS)));
      expect(await work.verify(solved, use(other), NOW_MS + laterMs)).toBe(false);
    });

    it('refuses what was made easier, made out to somebody else, made up, or not solved', async () => {
      const work = workOf();
      const solved = await solve(await work.issue(ann, NOW_MS));
      const { parameters } = solved.challenge;
      const changed = (more: object) =>
        encode({ ...solved, challenge: { ...solved.challenge, parameters: { ...parameters, ...more } } });
      const data = { ...parameters.data, userId: 'bob' };
      expect(await work.verify(changed({ data }), use({ userId: 'bob' }), NOW_MS)).toBe(false);
      expect(await work.verify(changed({ keyPrefix: '' }), use(), NOW_MS)).toBe(false);
      const { solution } = solved;
      const guessed = { ...solution, counter: solution.counter + 1 };
      expect(await work.verify(encode({ ...solved, solution: guessed }), use(), NOW_MS)).toBe(false);
      const foreign = await solve(await workOf({ secret: 'x'.repeat(32) }).issue(ann, NOW_MS));
      expect(await work.verify(encode(foreign), use(), NOW_MS)).toBe(false);
      for (const rubbish of [
        '',
        'not base64!',
        encode({}),
        encode([]),
        encode({ ...solved, solution: null }),
        'A'.repeat(10_000),
      ]) {
        expect(await work.verify(rubbish, use(), NOW_MS)).toBe(false);
      }
      expect(await work.verify(encode(solved), use(), NOW_MS)).toBe(true);
    });

    it('asks for as much work as it is told', async () => {
      const { parameters } = (await workOf({ zeros: 3, cost: 2 }).issue(ann, NOW_MS)) as AltchaChallenge;
      expect(parameters).toMatchObject({ keyPrefix: '000', cost: 2, algorithm: 'SHA-256' });
    });
  });

  describe('Captcha', () => {
    let provider: Server;
    let asked: URLSearchParams[] = [];
    let answer: (form: URLSearchParams) => { status: number; body: string } | undefined;
    let verifyUrl: string;

    beforeAll(async () => {
      provider = createServer((request, response) => {
        let text = '';
        request.on('data', (chunk: Buffer) => (text += chunk.toString()));
        request.on('end', () => {
          const form = new URLSearchParams(text);
          asked.push(form);
          const given = answer(form);
          if (given) response.writeHead(given.status).end(given.body);
        });
      });
      await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
      verifyUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/siteverify`;
    });
    afterAll(() => {
      provider.closeAllConnections();
      provider.close();
    });
    beforeEach(() => {
      asked = [];
      answer = (form) => ({ status: 200, body: JSON.stringify({ success: form.get('response') === 'a person' }) });
    });

    const captchaOf = (timeoutMs = 10_000) =>
      new Captcha(new SpentSolutions(redis, randomUUID(), log), {
        verifyUrl,
        siteKey: 'site',
        providerSecret: 'ours',
        tokenSecret: SECRET,
        ttlMs: TTL_MS,
        timeoutMs,
      });
    interface Issued {
      ticket: string;
      cdata: string;
    }

    it('asks the provider, and takes what it finds good once', async () => {
      const captcha = captchaOf();
      const issued = (await captcha.issue(ann, NOW_MS)) as Issued;
      expect(issued).toMatchObject({ kind: 'captcha', siteKey: 'site' });
      const solved = encode({ ticket: issued.ticket, response: 'a person' });
      expect(await captcha.verify(solved, use(), NOW_MS)).toBe(true);
      expect(asked[0]?.get('secret')).toBe('ours');
      expect(await captcha.verify(solved, use({ grabId: 'g2' }), NOW_MS)).toBe(false);
      expect(asked).toHaveLength(1);
    });

    it('refuses what the provider does not find good, or was solved for another ticket', async () => {
      const captcha = captchaOf();
      const { ticket, cdata } = (await captcha.issue(ann, NOW_MS)) as Issued;
      expect(await captcha.verify(encode({ ticket, response: 'a robot' }), use(), NOW_MS)).toBe(false);
      answer = () => ({ status: 200, body: JSON.stringify({ success: true, cdata: 'another' }) });
      expect(await captcha.verify(encode({ ticket, response: 'r2' }), use(), NOW_MS)).toBe(false);
      answer = () => ({ status: 200, body: JSON.stringify({ success: true, cdata }) });
      expect(await captcha.verify(encode({ ticket, response: 'r3' }), use(), NOW_MS)).toBe(true);
    });

    it('asks nobody about a ticket of another user, another campaign, a past one, or none', async () => {
      const captcha = captchaOf();
      const { ticket } = (await captcha.issue(ann, NOW_MS)) as Issued;
      const solved = encode({ ticket, response: 'a person' });
      expect(await captcha.verify(solved, use({ userId: 'bob' }), NOW_MS)).toBe(false);
      expect(await captcha.verify(solved, use({ campaignId: 'other' }), NOW_MS)).toBe(false);
      expect(await captcha.verify(solved, use(), NOW_MS + TTL_MS)).toBe(false);
      expect(await captcha.verify(encode({ ticket: 'x', response: 'a person' }), use(), NOW_MS)).toBe(false);
      expect(await captcha.verify('rubbish', use(), NOW_MS)).toBe(false);
      expect(asked).toEqual([]);
    });

    it.each<[string, () => { status: number; body: string } | undefined]>([
      ['an error page', () => ({ status: 500, body: '<html>' })],
      ['something else', () => ({ status: 200, body: '{}' })],
      ['nothing', () => undefined],
    ])('says try later when the provider answers with %s, and lets the same grab try', async (_, wrong) => {
      const captcha = captchaOf(500);
      const { ticket } = (await captcha.issue(ann, NOW_MS)) as Issued;
      const solved = encode({ ticket, response: 'a person' });
      answer = wrong;
      await expect(captcha.verify(solved, use(), NOW_MS)).rejects.toMatchObject({ outcome: 'TRY_LATER' });
      answer = () => ({ status: 200, body: JSON.stringify({ success: true }) });
      // A good answer, too, may be too late for so short a time.
      const isGood = await until('the provider answers in time', async () => {
        const told = await Promise.allSettled([captcha.verify(solved, use(), NOW_MS)]);
        const [verdict] = told;
        if (verdict.status === 'fulfilled') return { is: verdict.value };
        expect(verdict.reason).toMatchObject({ outcome: 'TRY_LATER' });
        return undefined;
      });
      expect(isGood).toEqual({ is: true });
    });
  });
});
