import { randomBytes } from 'node:crypto';
import { type App, startApps, type Stack, StackTrouble } from '@floodgate/tools/stack';
import { type Bench, type BenchContext, type PreparedBench } from '../bench';
import { type LimitServer, startLimit } from '../limits/limit-process';
import { LoadProcess } from '../load/load-process';
import { PLAIN_OK } from '../load/job';
import { LoadedServer, type LoadedServerOptions } from '../loaded-server';
import { processesOf, refuseWhenAppsRun } from '../local-processes';
import { drainOrders } from './drain';
import { readLoggedGrants } from './logged-grants';
import { openSale, type Sale } from './sale';
import { checkWinners, type LoggedGrants, type ToldUnits } from './told-winners';

const BARE = 'bare echo';
const CHECKED = 'checked echo';
const OURS = 'floodgate';

/** The way of a grab, and no app that only works for winners afterwards. */
const GRAB_APPS: readonly App[] = ['gateway', 'activity', 'inventory', 'degradation-plan'];
const PRODUCTION = { PROFILE: 'production', NODE_ENV: 'production', LOG_LEVEL: 'warn' };

const STOCK = 5_000_000;
const SHARDS = 4;

/** Winners only: from HTTP in, through Redis' proposal and the read-back from Kafka, to the answer. */
export const grabBench: Bench = {
  name: 'grab',
  summary: 'first-time users who all win, against Fastify POST echoes',
  rows: [
    {
      name: 'winners, against a bare echo',
      unit: '1/s',
      limit: { contender: BARE, figure: 'perSecond' },
      ours: { contender: OURS, figure: 'perSecond' },
      toReach: { of: 'ratio', atLeast: 0.4 },
    },
    {
      name: 'winners, against an echo with token check and schema',
      unit: '1/s',
      limit: { contender: CHECKED, figure: 'perSecond' },
      ours: { contender: OURS, figure: 'perSecond' },
      toReach: { of: 'ratio', atLeast: 0.5 },
    },
    {
      name: 'CPU of all processes for one, against that echo',
      unit: 'us',
      limit: { contender: CHECKED, figure: 'cpuUsPerAnswer' },
      ours: { contender: OURS, figure: 'cpuUsPerAnswer' },
      toReach: { of: 'ratio', atMost: 2.5 },
    },
    {
      name: 'p99 at 70 % of full speed, against that echo',
      unit: 'ms',
      limit: { contender: CHECKED, figure: 'p99AtSeventyMs' },
      ours: { contender: OURS, figure: 'p99AtSeventyMs' },
      toReach: { of: 'ratio', atMost: 5 },
    },
  ],
  prepare,
};

interface World {
  readonly context: BenchContext;
  readonly stack: Stack;
  readonly sale: Sale;
  readonly load: LoadProcess;
  readonly limits: readonly LimitServer[];
  readonly told: ToldUnits[];
  logged: LoggedGrants | undefined;
}

async function prepare(context: BenchContext): Promise<PreparedBench> {
  const { environment, say } = context;
  await refuseWhenAppsRun(environment);
  const runId = `b${randomBytes(4).toString('hex')}`;
  const jwtSecret = environment.apps.gateway.env['JWT_SECRET'];
  if (jwtSecret === undefined) throw new StackTrouble('The gateway is given no JWT_SECRET.');

  say(`starting ${GRAB_APPS.join(', ')}`);
  const stack = await startApps(environment, {
    apps: GRAB_APPS,
    env: Object.fromEntries(GRAB_APPS.map((app) => [app, PRODUCTION])),
  });
  const load = new LoadProcess();
  const limits: LimitServer[] = [];
  endWithSignal(stack);
  try {
    for (const script of ['bare-echo', 'checked-echo'] as const) limits.push(await startLimit(script, { jwtSecret }));
    say('opening a sale');
    const gatewayUrl = stack.urlOf('gateway');
    const sale = await openSale({ gatewayUrl, jwtSecret, campaignId: `bench-${runId}`, stock: STOCK, shards: SHARDS });
    const world: World = { context, stack, sale, load, limits, told: [], logged: undefined };
    return {
      contenders: contendersOf(world, runId, jwtSecret),
      audit: () => audit(world),
      close: () => close(world),
    };
  } catch (error) {
    load.stop();
    for (const limit of limits) limit.stop();
    await stack.stopAll();
    throw error;
  }
}

function contendersOf(
  { context, stack, sale, load, limits, told }: World,
  runId: string,
  jwtSecret: string,
): LoadedServer[] {
  const [bare, checked] = limits;
  if (bare === undefined || checked === undefined) throw new Error('a limit is missing');
  const { seconds, connections } = context;
  const request = { body: '{}', connections, jwtSecret };
  const echo = (
    limit: LimitServer,
  ): Pick<LoadedServerOptions, 'load' | 'request' | 'processes' | 'expected' | 'seconds'> => ({
    load,
    request: { ...request, port: limit.port, method: 'POST', path: '/echo' },
    processes: limit.processes,
    expected: PLAIN_OK,
    seconds,
  });
  return [
    new LoadedServer({ ...echo(bare), name: BARE, prefix: `${runId}-b`, alsoAtSeventyPercent: false }),
    new LoadedServer({ ...echo(checked), name: CHECKED, prefix: `${runId}-c`, alsoAtSeventyPercent: true }),
    new LoadedServer({
      name: OURS,
      load,
      request: {
        ...request,
        port: stack.environment.apps.gateway.httpPort,
        method: 'PUT',
        path: `/campaigns/${sale.campaignId}/pools/${sale.poolId}/grabs/{grabId}`,
      },
      processes: processesOf(stack),
      expected: 'GRANTED',
      prefix: `${runId}-o`,
      seconds,
      alsoAtSeventyPercent: true,
      onTold: (prefix, { unitNos }) => told.push({ prefix, unitNos }),
    }),
  ];
}

async function audit(world: World) {
  const { stack, sale, told } = world;
  world.logged = await readLoggedGrants(stack.environment.kafkaBrokers, sale.campaignId);
  return checkWinners(told, world.logged);
}

async function close({ context, stack, sale, load, limits, logged }: World): Promise<void> {
  load.stop();
  for (const limit of limits) limit.stop();
  try {
    if (logged !== undefined && logged.size > 0) await drainOrders(stack, sale.campaignId, logged.size, context.say);
  } finally {
    await stack.stopAll();
  }
}

/** The apps run in sessions of their own, so that a Ctrl-C does not reach them. */
function endWithSignal(stack: Stack): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stack.killAllNow();
      process.exit(1);
    });
  }
}
