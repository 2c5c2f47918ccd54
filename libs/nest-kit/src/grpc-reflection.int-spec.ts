import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { addReflection } from './grpc-reflection';

const BUF = resolve(__dirname, '../../../node_modules/.bin/buf');
const H2C = ['--protocol', 'grpc', '--http2-prior-knowledge'];

async function ask(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(BUF, ['curl', ...H2C, ...args]);
  return stdout;
}

describe('gRPC reflection', () => {
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = new Server();
    addReflection(server, ['floodgate.activity.v1.ActivityService']);
    const bind = promisify(server.bindAsync.bind(server));
    url = `http://127.0.0.1:${await bind('127.0.0.1:0', ServerCredentials.createInsecure())}`;
  });

  afterAll(() => server.forceShutdown());

  it('names the services of this server and no others', async () => {
    expect(await ask('--list-services', url)).toBe('floodgate.activity.v1.ActivityService\n');
  });

  it('resolves messages of other files, as a strict client does', async () => {
    const methods = await ask('--list-methods', url);
    expect(methods.split('\n')).toContain('floodgate.activity.v1.ActivityService/CreateCampaign');
  });
});
