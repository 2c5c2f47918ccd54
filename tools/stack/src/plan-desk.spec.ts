import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { OperatorError, PlanDesk } from './plan-desk';
import { StackTrouble } from './trouble';

describe('the plan desk', () => {
  let server: Server;
  let desk: PlanDesk;
  let answer: { status: number; type: string; text: string };

  beforeEach(async () => {
    server = createServer((_, response) => {
      response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.text);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    desk = new PlanDesk(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'token');
  });
  afterEach(() => server.close());

  it('says what the service said when it refuses', async () => {
    answer = { status: 403, type: 'application/problem+json', text: '{"outcome":"FORBIDDEN","detail":"authors only"}' };
    await expect(desk.current()).rejects.toThrow(new OperatorError('GET /plans/current: FORBIDDEN authors only'));
  });

  it('says the status of a refusal that is not from the service', async () => {
    answer = { status: 502, type: 'text/html', text: '<h1>Bad Gateway</h1>' };
    await expect(desk.current()).rejects.toThrow(new OperatorError('GET /plans/current: HTTP 502'));
  });

  it('says that the service is away', async () => {
    await new Promise((closed) => server.close(closed));
    await expect(desk.publish(1)).rejects.toThrow(StackTrouble);
    await expect(desk.publish(1)).rejects.toThrow('does not answer');
  });
});
