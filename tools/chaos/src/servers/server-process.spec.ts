import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerProcess } from './server-process';

describe('ServerProcess', () => {
  const folders: string[] = [];
  afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

  it.each([
    ['ends at once, as one does whose port is still taken', 'exit 1'],
    ['is killed while it starts', 'kill -9 $$'],
  ])('is started again when it %s', async (_, end) => {
    const folder = mkdtempSync(join(tmpdir(), 'server-'));
    folders.push(folder);
    const at = (name: string) => join(folder, name);
    writeFileSync(at('pid.json'), JSON.stringify({ pid: 0 }));
    const script = `if [ -e first ]; then touch serves; while :; do sleep 0.2; done; else touch first; ${end}; fi`;
    const server = new ServerProcess(
      {
        name: 'server',
        title: 'the server',
        port: 1,
        command: '/bin/sh',
        args: ['-c', script, folder],
        cwd: folder,
        marks: [folder],
        log: at('log'),
        pidFile: at('pid.json'),
        data: folder,
      },
      () => (existsSync(at('serves')) ? Promise.resolve() : Promise.reject(new Error('it does not answer'))),
    );
    await server.start();
    expect(server.pid).toBeGreaterThan(0);
    await server.end('SIGKILL');
    expect(server.pid).toBeUndefined();
  });
});
