import { execFile } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

/** What `npm run infra -- status` says, with a variable set. */
function status(name: string, value: string): Promise<{ code: number; said: string }> {
  const env = { ...process.env, [name]: value };
  return new Promise((resolve) => {
    const args = [join(ROOT, 'deploy/local/infra.mjs'), 'status', '--profile', 'test'];
    execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), said: `${stdout}${stderr}` }),
    );
  });
}

describe('an address in the environment that is none', () => {
  it.each([
    ['FLOODGATE_MYSQL_URL', 'nonsense', 'mysql://user:password@host:port'],
    ['FLOODGATE_MYSQL_URL', 'mysql://user:secret-word@host:port', 'mysql://user:password@host:port'],
    ['FLOODGATE_REDIS_URL', 'http://localhost', 'redis://host:port'],
    ['FLOODGATE_REDIS_URL', 'redis://', 'redis://host:port'],
    ['FLOODGATE_KAFKA_BROKERS', 'localhost', 'host:port, several separated by commas'],
  ])('%s=%s is one sentence that says what it must be', async (name, value, form) => {
    expect(await status(name, value)).toEqual({ code: 1, said: `${name} is no address: it must be ${form}.\n` });
  });
});
