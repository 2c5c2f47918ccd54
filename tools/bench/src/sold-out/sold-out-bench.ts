import { type Bench, type BenchContext, type BenchOptions, type PreparedBench } from '../bench';
import { Floodgate } from '../floodgate';
import { startLimit } from '../limits/limit-process';
import { PLAIN_OK, refusalOf } from '../load/job';
import { LoadProcess } from '../load/load-process';
import { tokenMint } from '../load/token-mint';
import { LoadedServer } from '../loaded-server';
import { readLoggedGrants } from '../logged-grants';
import { preparing } from '../prepared';
import { type RowSpec } from '../rows';
import { grabPath, openSales, POOLS_MAX, type SalePool } from '../sale';
import { jwtSecretOf } from '../secrets';
import { checkWinners, type ToldUnits } from '../told-winners';
import { WithRefusalSteps } from './refusal-steps';
import { SellOutSpread, type SmallPool } from './sell-out-spread';

const BARE = 'bare echo';
const REFUSED = 'refusals';
const SPREAD = 'sell-outs';

const GATEWAYS = 3;
const POOLS_A_ROUND = 100;
const POOLS_OF_WARM_UP = 10;
const UNITS = 3;

/** Sold out: what a refusal costs, and how soon everybody refuses. */
export const soldOutBench: Bench = {
  name: 'sold-out',
  summary: 'refusals before the body is read, against a bare echo; and how soon three gateways know of a sell-out',
  minutes: 2,
  rows,
  prepare,
};

function rows(): RowSpec[] {
  const against = (figure: string) => ({
    limit: { contender: BARE, figure },
    ours: { contender: REFUSED, figure },
  });
  const of = (contender: string, figure: string) => ({ ours: { contender, figure } });
  return [
    {
      name: 'sold out, against a bare echo',
      unit: '1/s',
      ...against('perSecond'),
      toReach: { of: 'ratio', atLeast: 1 },
    },
    { name: 'CPU of all processes for one', unit: 'us', ...against('cpuUsPerAnswer') },
    { name: 'p99 at full speed', unit: 'ms', ...against('p99Ms') },
    { name: 'p50 at full speed', unit: 'ms', ...against('p50Ms') },
    { name: 'share refused before the body is looked at', unit: '', ...of(REFUSED, 'shareBeforeBody') },
    { name: 'share of a core that the load generator used', unit: '', ...against('loadCpuShare') },
    {
      name: `p99 from the last grant's answer until the last of ${GATEWAYS} gateways knew`,
      unit: 'ms',
      ...of(SPREAD, 'lastP99Ms'),
      toReach: { of: 'ours', atMost: 100 },
    },
    { name: 'p50 of that', unit: 'ms', ...of(SPREAD, 'lastP50Ms') },
    { name: 'p50 until the first of them knew', unit: 'ms', ...of(SPREAD, 'firstP50Ms') },
  ];
}

function prepare(context: BenchContext): Promise<PreparedBench> {
  const { environment, options, runId, say } = context;
  const { inventories, cpuProfileDirectory, seconds, connections } = options;
  return preparing(async (endLater) => {
    const jwtSecret = jwtSecretOf(environment);
    const load = new LoadProcess();
    endLater(() => load.stop());
    const bare = await startLimit('bare-echo', { jwtSecret });
    endLater(() => bare.stop());
    say('starting the apps');
    const floodgate = await Floodgate.start({ environment, inventories, gateways: GATEWAYS, cpuProfileDirectory });
    endLater(() => floodgate.stop());
    say('opening sales');
    const pools = await openPools(context, floodgate.gatewayUrl, jwtSecret);
    const told: ToldUnits[] = [];
    const spread = new SellOutSpread({
      name: SPREAD,
      ports: floodgate.gatewayPorts,
      poolsOf: (round) => pools[round] ?? [],
      prefix: runId,
      tokenOf: tokenMint(jwtSecret),
      onTold: (units) => told.push(units),
    });
    endLater(() => spread.close());
    const request = { body: '{}', connections, jwtSecret };
    const soldOut = pools[0]?.[0];
    if (soldOut === undefined) throw new Error('there is no pool to be sold out');
    const refusals = new LoadedServer({
      name: REFUSED,
      load,
      request: {
        ...request,
        port: floodgate.gatewayPort,
        method: 'PUT',
        path: grabPath(soldOut.campaignId, soldOut.poolId),
      },
      processes: () => floodgate.processes,
      expected: [refusalOf('SOLD_OUT'), refusalOf('SOLD_OUT_FOR_NOW')],
      prefix: `${runId}-r`,
      seconds,
      alsoAtSeventyPercent: false,
    });
    const echo = new LoadedServer({
      name: BARE,
      load,
      request: { ...request, port: bare.port, method: 'POST', path: '/echo' },
      processes: () => bare.processes,
      expected: [PLAIN_OK],
      prefix: `${runId}-b`,
      seconds,
      alsoAtSeventyPercent: false,
    });
    return {
      // The warm-up of the first sells out the pool that the last is refused in.
      contenders: [spread, echo, new WithRefusalSteps(refusals, floodgate.gatewayUrl)],
      audit: async () => checkWinners(told, await readLoggedGrants(environment.kafkaBrokers, campaignPrefix(runId))),
    };
  });
}

const campaignPrefix = (runId: string) => `bench-${runId}`;

/** The pools of each round. */
async function openPools(
  { runId, options }: { readonly runId: string; readonly options: BenchOptions },
  gatewayUrl: string,
  jwtSecret: string,
): Promise<SmallPool[][]> {
  const { rounds, size, strategy } = options;
  const pools = Array.from({ length: rounds + 1 }, (_, round) => {
    const count = round === 0 ? POOLS_OF_WARM_UP : Math.max(1, Math.round(POOLS_A_ROUND * size));
    return Array.from({ length: count }, (__, no) => ({
      campaignId: `${campaignPrefix(runId)}-${round}-${Math.floor(no / POOLS_MAX)}`,
      poolId: `r${round}-${no}`,
      stock: UNITS,
    }));
  });
  const sales = new Map<string, SalePool[]>();
  for (const { campaignId, poolId, stock } of pools.flat()) {
    sales.set(campaignId, [...(sales.get(campaignId) ?? []), { poolId, stock, shards: 1, strategy }]);
  }
  await openSales(
    gatewayUrl,
    jwtSecret,
    [...sales].map(([campaignId, ofCampaign]) => ({ campaignId, pools: ofCampaign })),
  );
  return pools;
}
