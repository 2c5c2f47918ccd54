import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, until, untilNoError } from '@floodgate/testing';
import { loadEnvironment } from '@floodgate/tools/stack';

const FILES = 1_024;

describe('a gateway that may open too few files for the connections it is configured for', () => {
  it('says so at its start, with both numbers and what to do, and serves all the same', async () => {
    const { root, apps } = loadEnvironment('test');
    const stateDir = await mkdtemp(join(tmpdir(), 'floodgate-files-'));
    const port = await freePort();
    const program = join(root, 'dist/apps/gateway/src/main.js');
    const child = spawn('/bin/sh', ['-c', `ulimit -n ${FILES} && exec "$0" "$1"`, process.execPath, program], {
      env: {
        ...apps.gateway.env,
        PATH: process.env['PATH'],
        HTTP_PORT: String(port),
        STATE_DIR: stateDir,
        HTTP_CONNECTIONS_MAX: '4000',
        LOG_LEVEL: 'warn',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    try {
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (bytes: Buffer) => (said += bytes.toString()));
      await until('it says so', () => said.includes('too few for HTTP_CONNECTIONS_MAX'));
      expect(said).toContain(
        `this process may open ${FILES} files, too few for HTTP_CONNECTIONS_MAX=4000 and 512 more: raise the limit to 4512 (ulimit -n) or lower HTTP_CONNECTIONS_MAX`,
      );
      const answer = await untilNoError('it serves', () => fetch(`http://127.0.0.1:${port}/health/live`));
      expect(answer.status).toBe(200);
    } finally {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      await rm(stateDir, { recursive: true });
    }
  });
});
