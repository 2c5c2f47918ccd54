/** `node dist/tools/stack/src/dev.js <app>`: every app runs built, and one restarts when its sources or a library's change. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type App, APPS, instancesOf, isApp, loadEnvironment } from './environment';
import { startApps, type Stack } from './stack';
import { runTool, StackTrouble } from './trouble';

/** An editor writes several files at once; they are one change. */
const GATHER_MS = 300;

/** Hands changed files on in batches, one batch at a time. */
class Changes {
  private readonly files = new Set<string>();
  private working: Promise<void> | undefined;

  constructor(private readonly work: (files: readonly string[]) => Promise<void>) {}

  async watch(root: string, folder: string): Promise<void> {
    for await (const { filename } of watch(join(root, folder), { recursive: true })) {
      if (filename === null || !/\/src\/.*(?<!spec)\.ts$/.test(`/${filename}`)) continue;
      this.files.add(join(folder, filename));
      this.working ??= this.drain();
    }
  }

  private async drain(): Promise<void> {
    while (this.files.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
      const files = [...this.files];
      this.files.clear();
      await this.work(files);
    }
    this.working = undefined;
  }
}

/** Builds the projects of the files and restarts the app. What does not build or start is said, and the next change tries again. */
async function rebuild(root: string, stack: Stack, app: App, files: readonly string[]): Promise<void> {
  const projects = new Set(files.map((file) => projectOf(root, file)));
  say(
    `${files.length === 1 ? (files[0] ?? '') : `${files.length} files`} changed: building ${[...projects].join(', ')}`,
  );
  const nx = join(root, 'node_modules/.bin/nx');
  const child = spawn(process.execPath, [nx, 'run-many', '-t', 'build', '-p', [...projects].join(',')], {
    cwd: root,
    env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
  await once(child, 'close');
  if (child.exitCode !== 0) {
    process.stdout.write(Buffer.concat(output));
    say('the build failed; the last one that did not still runs');
    return;
  }
  try {
    for (const instance of instancesOf(app)) await stack.restart(instance);
    say(`${app} runs again`);
  } catch (error) {
    if (!(error instanceof StackTrouble)) throw error;
    say(error.message);
  }
}

/** The name of the Nx project that a file belongs to. */
function projectOf(root: string, file: string): string {
  for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) {
    const description = join(root, folder, 'project.json');
    if (existsSync(description)) return (JSON.parse(readFileSync(description, 'utf8')) as { name: string }).name;
  }
  throw new StackTrouble(`${file} belongs to no project.`);
}

function stopOnInterrupt(stack: Stack): void {
  const stop = () => {
    say('stopping');
    stack.stopAll().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

const say = (line: string) => process.stdout.write(`[dev] ${line}\n`);

// Last, because it begins to run at once and needs what stands above.
void runTool(async () => {
  const app = process.argv[2] ?? '';
  if (!isApp(app)) throw new StackTrouble(`Usage: npm run dev -- <app>, one of ${APPS.join(', ')}`);
  const { root } = loadEnvironment('dev');
  say('starting every app');
  const stack = await startApps('dev', {
    inTerminal: app,
    onUnexpectedEnd: (name, how) => say(`${name} ended (${how})`),
  });
  stopOnInterrupt(stack);
  say(`${app} at ${stack.urlOf(app)} restarts when apps/${app} or libs change; Ctrl-C stops everything`);
  const changes = new Changes((files) => rebuild(root, stack, app, files));
  await Promise.all(['libs', `apps/${app}`].map((folder) => changes.watch(root, folder)));
  return 0;
});
