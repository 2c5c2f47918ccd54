import { type Bench, type BenchContext, type BenchOptions, type Contender, type PreparedBench } from '../bench';
import { evenRunId } from '../even-homes';
import { Floodgate } from '../floodgate';
import { type Askers, type LoadResult } from '../load/job';
import { LoadProcess } from '../load/load-process';
import { tokenMint } from '../load/token-mint';
import { readLoggedGrants } from '../logged-grants';
import { preparing } from '../prepared';
import { type RowSpec } from '../rows';
import { grabPath, openSales, type SaleSpec } from '../sale';
import { jwtSecretOf } from '../secrets';
import { seatWinners } from '../stock-log-filler';
import { checkWinners, type ToldUnits } from '../told-winners';
import { type EarlierWinners, fillLog, poolToFill } from './earlier-winners';
import { askersOf, type Population, populationOf, seatPopulation, winnersBefore } from './populations';
import { ReloadRun } from './reload-run';
import { PER_SECOND_AND_SHARD, ShardsRun } from './shards-run';
import { UsersRun } from './users-run';

const POPULATIONS = [
  ['1e4', 10_000],
  ['1e6', 1_000_000],
  ['1e7', 10_000_000],
] as const;
const USER_SHARDS = 4;
/** Enough CPU time that its counting in hundredths of a second does not matter, few enough for ten thousand users. */
const REQUESTS_OF_USERS = 20_000;
const SHARD_COUNTS = [1, 2, 4] as const;
const SHARDS_STOCK = 1_000_000;
const RELOAD = 'reload';
const RELOAD_GRANTS = 100_000;

const usersName = (name: string) => `${name} users`;
const shardsName = (shards: number) => `${shards} shards`;

/** What grows with users, shards and grants. */
export const scaleBench: Bench = {
  name: 'scale',
  summary: 'CPU for a grab by users and by shards, and the reload of a shard with 100,000 grants',
  minutes: 4,
  rows,
  prepare,
};

function rows(): RowSpec[] {
  const against = (limit: string, ours: string, figure: string) => ({
    limit: { contender: limit, figure },
    ours: { contender: ours, figure },
  });
  const [fewest, ...more] = POPULATIONS;
  const [oneShard, ...severalShards] = SHARD_COUNTS;
  return [
    ...more.map(([name]): RowSpec => ({
      name: `CPU for a winner of ${name} users, against ${fewest[0]}`,
      unit: 'us',
      ...against(usersName(fewest[0]), usersName(name), 'cpuUsPerAnswer'),
      toReach: { of: 'ratio', atMost: 1.1 },
    })),
    ...severalShards.map((shards): RowSpec => ({
      name: `CPU for a winner on ${shards} shards, against 1, ${PER_SECOND_AND_SHARD}/s each`,
      unit: 'us',
      ...against(shardsName(oneShard), shardsName(shards), 'cpuUsPerAnswer'),
      toReach: { of: 'ratio', atMost: 1.3 },
    })),
    ...severalShards.map((shards): RowSpec => ({
      name: `p99 on ${shards} shards, against 1`,
      unit: 'ms',
      ...against(shardsName(oneShard), shardsName(shards), 'p99Ms'),
    })),
    ...POPULATIONS.map(([name]): RowSpec => ({
      name: `grabs of ${name} users asked again because they were told to wait`,
      unit: '',
      ours: { contender: usersName(name), figure: 'askedAgain' },
    })),
    {
      name: 'a shard of 100,000 grants loses its cache: until the next winner',
      unit: 'ms',
      ours: { contender: RELOAD, figure: 'reloadMs' },
      toReach: { of: 'ours', atMost: 2_000 },
    },
  ];
}

function prepare(context: BenchContext): Promise<PreparedBench> {
  const { environment, options, say } = context;
  const { inventories, cpuProfileDirectory } = options;
  return preparing(async (endLater) => {
    const jwtSecret = jwtSecretOf(environment);
    const load = new LoadProcess();
    endLater(() => load.stop());
    say('starting the apps');
    const floodgate = await Floodgate.start({ environment, inventories, cpuProfileDirectory });
    endLater(() => floodgate.stop());
    say('opening sales');
    const runId = evenRunId(context.runId, (id) => [mainSale(id, options)], floodgate.inventoryAddresses);
    const run = { ...context, runId };
    const populations = POPULATIONS.map(([name, users]) => populationOf(runId, name, scaledUsers(users, options)));
    const sales = salesOf(runId, options, populations);
    await openSales(floodgate.gatewayUrl, jwtSecret, sales);
    await fillLog(run, earlierWinners(run, sales, populations));
    const told: ToldUnits[] = [];
    return {
      contenders: contendersOf({ context: run, floodgate, load, jwtSecret, populations, told }),
      audit: async () => checkWinners(told, await readLoggedGrants(environment.kafkaBrokers, mainCampaign(runId))),
    };
  });
}

/** Below full size the small population would have too few for the rounds. */
const scaledUsers = (users: number, { size }: BenchOptions) => Math.max(10_000, Math.round(users * size));
const requestsOf = (round: number) => (round === 0 ? REQUESTS_OF_USERS / 4 : REQUESTS_OF_USERS);
const reloadGrants = ({ size }: BenchOptions) => Math.round(RELOAD_GRANTS * size);

const mainCampaign = (runId: string) => `bench-${runId}`;
const usersCampaign = (runId: string, name: string) => `bench-${runId}-${name}`;

/** A sale for each population, and one for all else. */
function salesOf(runId: string, options: BenchOptions, populations: readonly Population[]): SaleSpec[] {
  const { rounds, strategy } = options;
  const asked = requestsOf(0) + rounds * requestsOf(1);
  return [
    ...populations.map((population) => ({
      campaignId: usersCampaign(runId, population.name),
      pools: population.poolIds.map((poolId) => ({
        poolId,
        // Twice what is needed, since homes are not perfectly even.
        stock: 2 * Math.ceil(asked / population.poolIds.length + winnersBefore(population)),
        shards: USER_SHARDS,
        strategy,
      })),
    })),
    mainSale(runId, options),
  ];
}

function mainSale(runId: string, options: BenchOptions): SaleSpec {
  const { strategy } = options;
  return {
    campaignId: mainCampaign(runId),
    pools: [
      ...SHARD_COUNTS.map((shards) => ({ poolId: `shards-${shards}`, stock: SHARDS_STOCK, shards, strategy })),
      // A strategy with a cache in Redis, whichever the others have.
      { poolId: RELOAD, stock: reloadGrants(options) * 2, shards: 1, strategy: 'SHARDED_COUNTERS' },
    ],
  };
}

/** Who has won before the bench begins: of each population, and in the shard that is to lose its cache. */
function earlierWinners(
  { runId, options }: BenchContext,
  sales: readonly SaleSpec[],
  populations: readonly Population[],
): EarlierWinners[] {
  const reloadPool = poolToFill(sales, mainCampaign(runId), RELOAD);
  const people = Array.from({ length: reloadGrants(options) }, (_, index) => ({
    userId: `${runId}-before-u${index}`,
    grabId: `${runId}-before-g${index}`,
  }));
  return [
    ...populations.flatMap((population) =>
      population.poolIds.map((poolId, poolNo) => {
        const pool = poolToFill(sales, usersCampaign(runId, population.name), poolId);
        return { pool, winners: seatPopulation(population, poolNo, pool) };
      }),
    ),
    { pool: reloadPool, winners: seatWinners(reloadPool, people) },
  ];
}

interface World {
  readonly context: BenchContext;
  readonly floodgate: Floodgate;
  readonly load: LoadProcess;
  readonly jwtSecret: string;
  readonly populations: readonly Population[];
  readonly told: ToldUnits[];
}

function contendersOf({ context, floodgate, load, jwtSecret, populations, told }: World): Contender[] {
  const { runId, options, environment } = context;
  const { seconds, connections } = options;
  const processes = () => floodgate.processes;
  const request = { port: floodgate.gatewayPort, method: 'PUT' as const, body: '{}', connections, jwtSecret };
  const onTold = (askers: Askers, { unitNos }: LoadResult) => void told.push({ askers, unitNos });
  const users = populations.map(
    (population) =>
      new UsersRun({
        name: usersName(population.name),
        load,
        processes,
        request: { ...request, path: grabPath(usersCampaign(runId, population.name)) },
        userPrefix: population.userPrefix,
        ...askersOf(population),
        pools: population.poolIds,
        requestsOf,
        onTold,
      }),
  );
  const shards = SHARD_COUNTS.map(
    (count) =>
      new ShardsRun({
        name: shardsName(count),
        load,
        processes,
        request: { ...request, path: grabPath(mainCampaign(runId), `shards-${count}`) },
        prefix: `${runId}-s${count}-`,
        shards: count,
        seconds,
        onTold,
      }),
  );
  const reload = new ReloadRun({
    name: RELOAD,
    redisUrl: environment.redisUrl,
    gatewayPort: floodgate.gatewayPort,
    campaignId: mainCampaign(runId),
    poolId: RELOAD,
    prefix: `${runId}-r`,
    tokenOf: tokenMint(jwtSecret),
    onTold: (units) => told.push(units),
  });
  return [...users, ...shards, reload];
}
