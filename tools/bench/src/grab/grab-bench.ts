import { type Bench, type BenchContext, type BenchOptions, type Contender, type PreparedBench } from '../bench';
import { evenRunId } from '../even-homes';
import { Floodgate } from '../floodgate';
import { type LimitServer, startLimit } from '../limits/limit-process';
import { PLAIN_OK } from '../load/job';
import { LoadProcess } from '../load/load-process';
import { LoadedServer } from '../loaded-server';
import { SERVERS } from '../local-processes';
import { readLoggedGrants } from '../logged-grants';
import { preparing } from '../prepared';
import { type RowSpec } from '../rows';
import { grabPath, openSale } from '../sale';
import { jwtSecretOf } from '../secrets';
import { checkWinners, type ToldUnits } from '../told-winners';
import { KilledInventory } from './killed-inventory';

const BARE = 'bare echo';
const CHECKED = 'checked echo';
const OURS = 'floodgate';
const KILLED = 'floodgate, an inventory instance killed';

const POOL_ID = 'bench';
const STOCK = 5_000_000;
const SHARDS = 4;
/** Kafka's virtual machine goes on compiling for so long: a grab cost it 160 us after 20,000 and 33 us after 60,000. */
const WARM_UP_REQUESTS = 100_000;

/** Winners only: from HTTP in, through the proposal and the read-back from Kafka, to the answer. */
export const grabBench: Bench = {
  name: 'grab',
  summary: 'first-time users who all win, against Fastify POST echoes',
  minutes: 5,
  rows,
  prepare,
};

function rows({ inventories }: BenchOptions): RowSpec[] {
  const against = (contender: string, figure: string) => ({
    limit: { contender, figure },
    ours: { contender: OURS, figure },
  });
  const ours = (figure: string) => ({ ours: { contender: OURS, figure } });
  const killed = (figure: string) => ({ ours: { contender: KILLED, figure } });
  return [
    {
      name: 'winners, against a bare echo',
      unit: '1/s',
      ...against(BARE, 'perSecond'),
      toReach: { of: 'ratio', atLeast: 0.4 },
    },
    {
      name: 'winners, against an echo with token check and schema',
      unit: '1/s',
      ...against(CHECKED, 'perSecond'),
      toReach: { of: 'ratio', atLeast: 0.5 },
    },
    {
      name: 'CPU of all processes for one, against that echo',
      unit: 'us',
      ...against(CHECKED, 'cpuUsPerAnswer'),
      toReach: { of: 'ratio', atMost: 2.5 },
    },
    {
      name: 'p99 at 70 % of full speed, against that echo',
      unit: 'ms',
      ...against(CHECKED, 'p99AtSeventyMs'),
      toReach: { of: 'ratio', atMost: 5 },
    },
    { name: 'p50 at 70 % of full speed, against that echo', unit: 'ms', ...against(CHECKED, 'p50AtSeventyMs') },
    { name: 'p99 at full speed, against that echo', unit: 'ms', ...against(CHECKED, 'p99Ms') },
    { name: 'p50 at full speed, against that echo', unit: 'ms', ...against(CHECKED, 'p50Ms') },
    ...processNames(inventories).map((name) => ({
      name: `CPU of ${name} for one`,
      unit: 'us',
      ...ours(`cpuUsPerAnswer.${name}`),
    })),
    { name: 'share of a core that the load generator used', unit: '', ...against(CHECKED, 'loadCpuShare') },
    ...(inventories === 1
      ? []
      : [
          { name: 'grabs told WAIT in the second after a kill -9 of an inventory', unit: '', ...killed('toldToWait') },
          { name: 'longest time without a winner around that kill', unit: 'ms', ...killed('silentMs') },
        ]),
  ];
}

function processNames(inventories: number): string[] {
  const copies = Array.from({ length: inventories - 1 }, (_, index) => `inventory-${index + 2}`);
  return ['gateway', 'inventory', ...copies, 'activity', 'degradation-plan', ...SERVERS];
}

function prepare(context: BenchContext): Promise<PreparedBench> {
  const { environment, options, say } = context;
  const { inventories, cpuProfileDirectory } = options;
  return preparing(async (endLater) => {
    const jwtSecret = jwtSecretOf(environment);
    const load = new LoadProcess();
    endLater(() => load.stop());
    const bare = await startLimit('bare-echo', { jwtSecret });
    endLater(() => bare.stop());
    const checked = await startLimit('checked-echo', { jwtSecret });
    endLater(() => checked.stop());
    say('starting the apps');
    const floodgate = await Floodgate.start({ environment, inventories, cpuProfileDirectory });
    endLater(() => floodgate.stop());
    say('opening a sale');
    const saleOf = (id: string) => ({
      campaignId: `bench-${id}`,
      pools: [{ poolId: POOL_ID, stock: STOCK, shards: SHARDS, strategy: options.strategy }],
    });
    const runId = evenRunId(context.runId, (id) => [saleOf(id)], floodgate.inventoryAddresses);
    const { campaignId } = saleOf(runId);
    await openSale({ gatewayUrl: floodgate.gatewayUrl, jwtSecret, ...saleOf(runId) });
    const told: ToldUnits[] = [];
    return {
      contenders: contendersOf({
        context: { ...context, runId },
        floodgate,
        load,
        bare,
        checked,
        campaignId,
        jwtSecret,
        told,
      }),
      audit: async () => checkWinners(told, await readLoggedGrants(environment.kafkaBrokers, campaignId)),
    };
  });
}

interface World {
  readonly context: BenchContext;
  readonly floodgate: Floodgate;
  readonly load: LoadProcess;
  readonly bare: LimitServer;
  readonly checked: LimitServer;
  readonly campaignId: string;
  readonly jwtSecret: string;
  readonly told: ToldUnits[];
}

function contendersOf({ context, floodgate, load, bare, checked, campaignId, jwtSecret, told }: World): Contender[] {
  const { runId, options } = context;
  const { seconds, connections, inventories } = options;
  const echo = (limit: LimitServer) => ({
    load,
    request: { port: limit.port, method: 'POST' as const, path: '/echo', body: '{}', connections, jwtSecret },
    processes: () => limit.processes,
    expected: [PLAIN_OK],
    seconds,
  });
  const request = {
    port: floodgate.gatewayPort,
    method: 'PUT' as const,
    path: grabPath(campaignId, POOL_ID),
    body: '{}',
    connections,
    jwtSecret,
  };
  const ours = new LoadedServer({
    name: OURS,
    load,
    request,
    processes: () => floodgate.processes,
    expected: ['GRANTED'],
    prefix: `${runId}-o`,
    seconds,
    warmUpRequests: WARM_UP_REQUESTS,
    alsoAtSeventyPercent: true,
    onTold: (askers, { unitNos }) => told.push({ askers, unitNos }),
  });
  const killed = new KilledInventory({
    name: KILLED,
    floodgate,
    load,
    request,
    prefix: `${runId}-k`,
    fullSpeed: () => ours.perSecond,
    onTold: (askers, { unitNos }) => told.push({ askers, unitNos }),
  });
  return [
    new LoadedServer({ ...echo(bare), name: BARE, prefix: `${runId}-b`, alsoAtSeventyPercent: false }),
    new LoadedServer({ ...echo(checked), name: CHECKED, prefix: `${runId}-c`, alsoAtSeventyPercent: true }),
    ours,
    ...(inventories === 1 ? [] : [killed]),
  ];
}
