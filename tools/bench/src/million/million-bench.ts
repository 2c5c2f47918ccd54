import { type Bench, type BenchContext, type BenchOptions, type Contender, type PreparedBench } from '../bench';
import { CountedLoad } from '../counted-load';
import { DatabaseStatements } from '../database-statements';
import { evenRunId } from '../even-homes';
import { Floodgate } from '../floodgate';
import { type Askers, type LoadResult } from '../load/job';
import { LoadProcess } from '../load/load-process';
import { LoadedServer } from '../loaded-server';
import { foldStockLog, readLoggedGrants } from '../logged-grants';
import { preparing } from '../prepared';
import { type RowSpec } from '../rows';
import { grabPath, openSales, type SaleSpec } from '../sale';
import { jwtSecretOf } from '../secrets';
import { checkWinners, type ToldUnits } from '../told-winners';
import { Rush, type RushPool } from './rush';

const WINNERS = 'winners';
const MILLION = 'a million for ten thousand';
const ONE = 'a hundred thousand for one';

const SHARDS = 4;
const WINNERS_POOL = 'winners';
const MILLION_POOL = 'million';
const ONE_POOL = 'one';
const WINNERS_STOCK = 5_000_000;
const MILLION_REQUESTS = 1_000_000;
const MILLION_UNITS = 10_000;
const ONE_REQUESTS = 100_000;
const WARM_UP_SHARE = 0.1;
/** However many ask: each shard borrows as long as others have something, in ever smaller pieces. */
const MOVES_MAX = 100;

// Statements of idle apps are taken off; the fewer there are, the less their number in a given time varies.
const RARE_POLLS = { OUTBOX_POLL_EVERY_MS: '10000', PLAN_POLL_EVERY_MS: '30000' };
const ENV = {
  activity: RARE_POLLS,
  inventory: RARE_POLLS,
  'degradation-plan': { ...RARE_POLLS, PLAN_PUSH_EVERY_MS: '30000' },
  gateway: {
    ...RARE_POLLS,
    CAMPAIGN_POLL_EVERY_MS: '10000',
    RISK_POLL_EVERY_MS: '10000',
    REVOCATION_POLL_EVERY_MS: '10000',
  },
};

/** What a sell-out costs: statements, refusals, moves between shards. */
export const millionBench: Bench = {
  name: 'million',
  summary: '1,000,000 requests for 10,000 units, and 100,000 for one',
  minutes: 5,
  rows,
  prepare,
};

const scaled = (count: number, share: number) => Math.max(1, Math.round(count * share));

function rows({ size }: BenchOptions): RowSpec[] {
  const of = (contender: string, figure: string) => ({ ours: { contender, figure } });
  return [
    {
      name: 'granted of a million requests',
      unit: 'units',
      ...of(MILLION, 'granted'),
      toReach: { of: 'ours', exactly: scaled(MILLION_UNITS, size) },
    },
    {
      name: 'database statements for them',
      unit: '',
      ...of(MILLION, 'statements'),
      toReach: { of: 'ours', atMost: 200 },
    },
    {
      name: 'CPU of all processes for a refusal, against a grab that wins',
      unit: 'us',
      limit: { contender: WINNERS, figure: 'cpuUsPerAnswer' },
      ours: { contender: MILLION, figure: 'cpuUsPerRefusal' },
      toReach: { of: 'ratio', atMost: 0.25 },
    },
    {
      name: 'moves between shards tried',
      unit: '',
      ...of(MILLION, 'moves'),
      toReach: { of: 'ours', atMost: MOVES_MAX },
    },
    { name: 'requests answered', unit: '1/s', ...of(MILLION, 'perSecond') },
    { name: 'asked again because they were told to wait', unit: '', ...of(MILLION, 'askedAgain') },
    { name: 'share of a core that the load generator used', unit: '', ...of(MILLION, 'loadCpuShare') },
    {
      name: 'granted of 100,000 requests for one unit',
      unit: 'units',
      ...of(ONE, 'granted'),
      toReach: { of: 'ours', exactly: 1 },
    },
    { name: 'database statements for it', unit: '', ...of(ONE, 'statements'), toReach: { of: 'ours', atMost: 9 } },
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
    const floodgate = await Floodgate.start({ environment, inventories, cpuProfileDirectory, env: ENV });
    endLater(() => floodgate.stop());
    const statements = await DatabaseStatements.connect(environment.auditUrl);
    endLater(() => statements.close());
    say('opening sales');
    const runId = evenRunId(context.runId, (id) => salesOf(id, options).slice(0, 1), floodgate.inventoryAddresses);
    await openSales(floodgate.gatewayUrl, jwtSecret, salesOf(runId, options));
    const told: ToldUnits[] = [];
    return {
      contenders: contendersOf({ context: { ...context, runId }, floodgate, load, statements, jwtSecret, told }),
      audit: async () => checkWinners(told, await readLoggedGrants(environment.kafkaBrokers, winnersCampaign(runId))),
    };
  });
}

const winnersCampaign = (runId: string) => `bench-${runId}`;
const roundCampaign = (runId: string, round: number) => `bench-${runId}-${round}`;

/** One for the winners, and one a round. */
function salesOf(runId: string, { rounds, size, strategy }: BenchOptions): SaleSpec[] {
  const winners = { poolId: WINNERS_POOL, stock: WINNERS_STOCK, shards: SHARDS, strategy };
  return [
    { campaignId: winnersCampaign(runId), pools: [winners] },
    ...Array.from({ length: rounds + 1 }, (_, round) => {
      const stock = scaled(MILLION_UNITS, round === 0 ? size * WARM_UP_SHARE : size);
      return {
        campaignId: roundCampaign(runId, round),
        pools: [
          { poolId: MILLION_POOL, stock, shards: SHARDS, strategy },
          { poolId: ONE_POOL, stock: 1, shards: 1, strategy },
        ],
      };
    }),
  ];
}

interface World {
  readonly context: BenchContext;
  readonly floodgate: Floodgate;
  readonly load: LoadProcess;
  readonly statements: DatabaseStatements;
  readonly jwtSecret: string;
  readonly told: ToldUnits[];
}

function contendersOf({ context, floodgate, load, statements, jwtSecret, told }: World): Contender[] {
  const { runId, options, environment } = context;
  const { seconds, connections, size } = options;
  const processes = () => floodgate.processes;
  const request = { port: floodgate.gatewayPort, method: 'PUT' as const, body: '{}', connections, jwtSecret };
  const onTold = (askers: Askers, { unitNos }: LoadResult) => void told.push({ askers, unitNos });
  const winners = new LoadedServer({
    name: WINNERS,
    load,
    request: { ...request, path: grabPath(winnersCampaign(runId), WINNERS_POOL) },
    processes,
    expected: ['GRANTED'],
    prefix: `${runId}-w`,
    seconds,
    alsoAtSeventyPercent: false,
    onTold,
  });
  const rush = (name: string, poolId: string, unitsOf: (share: number) => number, requests: number) =>
    new Rush({
      name,
      counted: new CountedLoad(load, processes),
      statements,
      request,
      pathOf: ({ campaignId, poolId }) => grabPath(campaignId, poolId),
      poolOf: (round) => {
        const share = round === 0 ? size * WARM_UP_SHARE : size;
        return {
          campaignId: roundCampaign(runId, round),
          poolId,
          units: unitsOf(share),
          requests: scaled(requests, share),
        };
      },
      prefix: `${runId}-${poolId}`,
      winnerCpuUs: () => winners.cpuUsPerAnswer,
      movesOf: (pool) => countMoves(environment.kafkaBrokers, pool),
      onTold,
    });
  return [
    winners,
    rush(MILLION, MILLION_POOL, (share) => scaled(MILLION_UNITS, share), MILLION_REQUESTS),
    rush(ONE, ONE_POOL, () => 1, ONE_REQUESTS),
  ];
}

/** How many ranges of a pool were lent, or were meant to be. */
async function countMoves(brokers: string, { campaignId, poolId }: RushPool): Promise<number> {
  let moves = 0;
  await foldStockLog(brokers, ({ entry: { shard, record } }) => {
    if (shard.campaignId === campaignId && shard.poolId === poolId && record.kind === 'lent') moves++;
  });
  return moves;
}
