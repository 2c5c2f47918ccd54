/** `node dist/tools/stack/src/main.js migrate|stop [--profile dev] [--apps a,b]`. */
import { parseArgs } from 'node:util';
import { type App, APPS, isApp, loadEnvironment } from './environment';
import { migrate } from './migrate';
import { stopApps } from './stack';
import { runTool, StackTrouble } from './trouble';

function appsOf(list: string | undefined): readonly App[] {
  if (list === undefined) return APPS;
  return list.split(',').map((name) => {
    if (!isApp(name)) throw new StackTrouble(`There is no app "${name}": ${APPS.join(', ')}.`);
    return name;
  });
}

void runTool(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { profile: { type: 'string', default: 'dev' }, apps: { type: 'string' } },
  });
  const environment = loadEnvironment(values.profile);
  const apps = appsOf(values.apps);
  switch (positionals[0]) {
    case 'migrate':
      for (const line of await migrate(environment, apps)) process.stdout.write(`[migrate] ${line}\n`);
      return 0;
    case 'stop': {
      const stopped = await stopApps(environment, apps);
      process.stdout.write(stopped.length === 0 ? 'No app was running.\n' : `Stopped ${stopped.join(', ')}.\n`);
      return 0;
    }
    default:
      throw new StackTrouble('Usage: main.js migrate|stop [--profile dev|test] [--apps a,b]');
  }
});
