import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { FloodgateClient } from '@floodgate/client';
import { crowd, type CrowdOptions } from './crowd';
import { type Scene } from './drill';
import { toVenue, wholePage } from './journeys';

const OVER_MS = 50;
/** Nobody waits for its end: who is put off until then goes at once. */
const LASTS_MS = 60_000;

describe('a crowd', () => {
  let server: Server;
  let answer: (request: IncomingMessage) => readonly [status: number, body: object];
  beforeAll(async () => {
    server = createServer((request, response) => {
      const [status, body] = answer(request);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => server.close());

  const run = (options: Partial<CrowdOptions> = {}) => {
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const pageOf: Scene['world']['pageOf'] = (_userId, more) => new FloodgateClient({ baseUrl, ...more });
    const scene = { world: { pageOf }, campaignId: 'c', runId: 'r', runNo: 1, startedAt: performance.now() } as Scene;
    return crowd({ journey: toVenue, people: 4, overMs: OVER_MS, lastsMs: LASTS_MS, ...options }).run(scene);
  };

  it('counts every request, and who is served how late', async () => {
    let asked = 0;
    answer = () => {
      asked += 1;
      return [200, { outcome: 'OK', reduced: false }];
    };
    const { people, requests, requestsAtMs, servedAtMs, waitsMs, errors, less } = await run();
    expect([people, requests, requestsAtMs.length, servedAtMs.length, waitsMs.length]).toEqual([4, asked, asked, 4, 4]);
    // One of them asked for the policy; on a slow machine another may again.
    expect(asked).toBeGreaterThanOrEqual(5);
    expect([errors, less]).toEqual([{}, 0]);
  });

  it('counts who is put off until the end as kept out, and whatever no knob does as an error', async () => {
    answer = ({ url }) =>
      url?.includes('venue') === true
        ? [202, { outcome: 'WAIT', pollAfterMs: 2 * LASTS_MS }]
        : [200, { outcome: 'OK' }];
    expect(await run()).toMatchObject({ servedAtMs: [], errors: {} });
    answer = ({ url }) =>
      url?.includes('venue') === true ? [403, { outcome: 'NOT_DRAWN' }] : [200, { outcome: 'OK' }];
    expect(await run()).toMatchObject({ servedAtMs: [], told: { NOT_DRAWN: 4 }, errors: {} });
    answer = () => [404, { outcome: 'NO_SUCH_CAMPAIGN' }];
    expect(await run()).toMatchObject({ servedAtMs: [], errors: { NO_SUCH_CAMPAIGN: 4 } });
  });

  it('counts who is shown less', async () => {
    answer = () => [200, { outcome: 'OK', reduced: true }];
    expect(await run({ journey: wholePage })).toMatchObject({ less: 4 });
  });
});
