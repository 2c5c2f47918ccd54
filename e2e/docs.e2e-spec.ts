import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { execute } from '@floodgate/adapters/mysql';
import { OUTCOMES } from '@floodgate/kernel';
import { APPS, loadEnvironment } from '@floodgate/tools/stack';
import { type CodeBlock, markedBlocks } from './docs/code-blocks';
import { cardSplit, newCampaignId, World } from './support/world';

const ROOT = resolve(__dirname, '..');
const REFERENCE = join(ROOT, 'docs/reference');

const blocks = [
  join(ROOT, 'README.md'),
  ...readdirSync(REFERENCE).map((file) => join(REFERENCE, file)),
  join(ROOT, 'docs/operating/limits.md'),
].flatMap(markedBlocks);

/** The pages name the development profile's addresses; the tests run on their own. */
function onTestProfile(script: string): string {
  const { apps, kafkaBrokers } = loadEnvironment('test');
  return APPS.reduce(
    (text, app, index) =>
      text
        .replaceAll(`127.0.0.1:${18_080 + index}`, `127.0.0.1:${apps[app].httpPort}`)
        .replaceAll(`127.0.0.1:${15_080 + index}`, `127.0.0.1:${apps[app].env.GRPC_PORT ?? ''}`),
    script.replaceAll('127.0.0.1:19092', kafkaBrokers),
  );
}

function run({ script }: CodeBlock): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', onTestProfile(script)], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  return { status, output: `${stdout}${stderr}` };
}

/** The pages say where kcat comes from; a machine that runs the tests may have the right to fetch it. */
function ensureKcat(): void {
  if (spawnSync('kcat', ['-V']).status === 0) return;
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const [command = '', ...args] = [...sudo, 'apt-get', 'install', '-y', '--no-install-recommends', 'kcat'];
  const { status } = spawnSync(command, args, { stdio: 'ignore' });
  if (status !== 0)
    throw new Error('Install kcat (on Debian: apt-get install kcat): the pages for integrators use it.');
}

describe('the code blocks of README, docs/reference and the page on limits', () => {
  let world: World;

  beforeAll(async () => {
    ensureKcat();
    world = await World.start();
    await world.publish(cardSplit(newCampaignId('split'), { t0InMs: 3_600_000 }));
  });
  afterAll(async () => {
    // Set by the page on limits; other tests send more of one person than these allow.
    await execute(world.stores, 'DELETE FROM fg_activity.frequency_rules');
    await world.stop();
  });

  it('are there', () => {
    expect(existsSync(join(REFERENCE, 'integrating.md'))).toBe(true);
    expect(blocks.length).toBeGreaterThan(10);
  });

  it.each(blocks.map((block) => ({ ...block, name: `${block.file.slice(ROOT.length + 1)}:${block.lineNo}` })))(
    '$name works as written',
    (block) => {
      const { status, output } = run(block);
      // Shown when it fails.
      expect({ output, isRefused: status !== 0 }).toEqual({ output, isRefused: block.isRefused });
      if (block.isRefused) expect(Object.values(OUTCOMES).some(({ en }) => output.includes(en))).toBe(true);
      expect(output).not.toMatch(/"outcome":"INTERNAL"|unimplemented|failed to find/);
    },
  );
});
