import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { TOPICS } from '@floodgate/contracts';
import { DryRunFollower, type Role, signJwt } from '@floodgate/nest-kit';
import { MemoryLog, until } from '@floodgate/testing';
import { startPlanService, type TestPlanService } from './test-plan-service';

const PAGE = resolve(__dirname, '../../../docs/operating/plans.md');
const BLOCK = /^<!-- test -->\n+```bash\n([^]*?)^```$/gm;

let service: TestPlanService;
let gateway: DryRunFollower;

beforeAll(async () => {
  service = await startPlanService();
  gateway = new DryRunFollower({
    redis: service.redis,
    instanceId: 'gateway-1',
    log: new MemoryLog(),
    keys: service.dryRuns,
  });
  gateway.start();
  const openings = { opensAtMs: String(Date.now() + 3_600_000), settleByMs: String(Date.now() + 36_000_000) };
  const message = TOPICS.campaignPublished.codec.fromJSON({
    eventId: 'e1',
    campaignId: 'sale-1',
    campaign: { campaignId: 'sale-1', timeline: openings },
  });
  await service.publisher.publish(service.campaignPublished, [{ key: 'op', message }]);
  await until('the campaign', async () => {
    const { body } = await service.ask('GET', '/campaigns', 'ada');
    return (body['campaigns'] as unknown[]).length === 1;
  });
});

afterAll(async () => {
  await gateway.stop();
  await service.stop();
});

/** What the page's two addresses answer: the gateway's development tokens, and the plan service. */
async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  if (request.url === '/dev/tokens') {
    const { userId, roles } = JSON.parse(body) as { userId: string; roles: Role[] };
    const token = signJwt({ userId, roles, ttlMs: 600_000 }, service.config.JWT_SECRET);
    response.end(JSON.stringify({ outcome: 'OK', token }));
    return;
  }
  const answer = await service.inject({
    method: request.method as 'GET',
    url: request.url ?? '',
    headers: request.headers as Record<string, string>,
    ...(body !== '' && { payload: body }),
  });
  response.writeHead(answer.statusCode, { 'content-type': 'application/json' });
  response.end(answer.body);
}

describe('docs/operating/plans.md', () => {
  it('takes one from an empty state to a rehearsed, approved plan by its commands as they stand', async () => {
    const server = createServer((request, response) => void serve(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const blocks = [...readFileSync(PAGE, 'utf8').matchAll(BLOCK)].map(([, script]) => script);
    expect(blocks.length).toBeGreaterThan(7);
    const script = blocks.join('\necho\n').replaceAll(/127\.0\.0\.1:180(80|86)/g, url);
    const shell = spawn('bash', ['-euo', 'pipefail', '-c', script]);
    const [output, complaints] = await Promise.all([text(shell.stdout), text(shell.stderr)]);
    if (shell.exitCode === null) await once(shell, 'exit');
    server.close();
    expect({ code: shell.exitCode, complaints, output }).toMatchObject({ code: 0 });
    expect(output).toContain('"path":"tier1.caps.grab","from":1000000,"to":500000');
    expect(output).toContain('"instances":["gateway-1"]');
    const { body: list } = await service.ask('GET', '/plans', 'ada');
    expect(list['plans']).toMatchObject([
      { title: 'only a tenth may grab', state: 'withdrawn', breakGlass: { operatorId: 'eve' } },
      { title: 'spring festival', state: 'in-force', authorId: 'ada', approverId: 'bob' },
      { title: 'reference plan', state: 'superseded' },
    ]);
    const { body: current } = await service.ask('GET', '/plans/current', 'ada');
    expect(current['plan']).toMatchObject({ tier1: { caps: { grab: 400_000 } } });
  });
});
