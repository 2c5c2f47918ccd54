import {
  type Bench,
  type BenchContext,
  type BenchOptions,
  type Contender,
  type PreparedBench,
  STRATEGIES,
} from '../bench';
import { evenRunId } from '../even-homes';
import { Floodgate } from '../floodgate';
import { type Askers, type LoadResult } from '../load/job';
import { LoadProcess } from '../load/load-process';
import { LoadedServer } from '../loaded-server';
import { readLoggedGrants } from '../logged-grants';
import { preparing } from '../prepared';
import { type CommandRate, RedisCommands, WithRedisCommands } from '../redis-commands';
import { grabPath, openSales, type SaleSpec } from '../sale';
import { jwtSecretOf } from '../secrets';
import { checkWinners, type ToldUnits } from '../told-winners';
import { CrowdRun } from './crowd-run';
import { DEAD_MAX, DeadInstances, deadPoolId } from './dead-instances';
import { BUFFERS, crowdOf, deadAt, strategyRows, winnersOf } from './strategies-rows';

const INVENTORIES = ['inventory', 'inventory-2', 'inventory-3'];
const SHARDS = 4;
const WINNERS_STOCK = 600_000;
const CROWD_UNITS = 500;
const CROWD_REQUESTS = 50_000;
const DEAD_UNITS = 1_500;
const WARM_UP_SHARE = 0.1;

/** What an operator chooses between. */
export const strategiesBench: Bench = {
  name: 'strategies',
  summary: 'the admission strategies beside each other: speed, Redis commands, and units unsold when instances die',
  minutes: 6,
  rows: strategyRows,
  prepare,
};

const scaled = (count: number, share: number) => Math.max(SHARDS, Math.round(count * share));

function prepare(context: BenchContext): Promise<PreparedBench> {
  const { environment, options, say } = context;
  return preparing(async (endLater) => {
    const jwtSecret = jwtSecretOf(environment);
    const load = new LoadProcess();
    endLater(() => load.stop());
    say(`starting the apps, inventory ${INVENTORIES.length} times`);
    const { cpuProfileDirectory } = options;
    const floodgate = await Floodgate.start({ environment, inventories: INVENTORIES.length, cpuProfileDirectory });
    endLater(() => floodgate.stop());
    const commands = await RedisCommands.connect(environment.redisUrl);
    endLater(() => commands.close());
    say('opening sales');
    const runId = evenRunId(context.runId, (id) => salesOf(id, options).slice(0, 1), floodgate.inventoryAddresses);
    await openSales(floodgate.gatewayUrl, jwtSecret, salesOf(runId, options));
    say('listening to what Redis is asked when nobody asks anything');
    const idle = await commands.listenToIdle();
    const told: ToldUnits[] = [];
    return {
      contenders: contendersOf({ context: { ...context, runId }, floodgate, load, jwtSecret, commands, idle, told }),
      audit: async () => checkWinners(told, await readLoggedGrants(environment.kafkaBrokers, winnersCampaign(runId))),
    };
  });
}

const winnersCampaign = (runId: string) => `bench-${runId}`;
const crowdCampaign = (runId: string, round: number) => `bench-${runId}-c-${round}`;
const deadCampaign = (runId: string, buffer: number, round: number) => `bench-${runId}-b${buffer * 100}-${round}-dead`;

/** One for the winners, one a round for the crowds, and one for each time that instances die. */
function salesOf(runId: string, { rounds, size }: BenchOptions): SaleSpec[] {
  const everyRound = Array.from({ length: rounds + 1 }, (_, round) => round);
  const poolOfEach = (stock: number) =>
    STRATEGIES.map((strategy) => ({ poolId: strategy, stock, shards: SHARDS, strategy }));
  const dead = STRATEGIES.flatMap((strategy) =>
    Array.from({ length: DEAD_MAX + 1 }, (_, count) => ({
      poolId: deadPoolId(strategy, count),
      stock: scaled(DEAD_UNITS, size),
      shards: SHARDS,
      strategy,
    })),
  );
  return [
    { campaignId: winnersCampaign(runId), pools: poolOfEach(WINNERS_STOCK) },
    ...everyRound.map((round) => ({
      campaignId: crowdCampaign(runId, round),
      pools: poolOfEach(scaled(CROWD_UNITS, round === 0 ? size * WARM_UP_SHARE : size)),
    })),
    ...BUFFERS.flatMap((buffer) =>
      everyRound.slice(1).map((round) => ({ campaignId: deadCampaign(runId, buffer, round), pools: dead })),
    ),
  ];
}

interface World {
  readonly context: BenchContext;
  readonly floodgate: Floodgate;
  readonly load: LoadProcess;
  readonly jwtSecret: string;
  readonly commands: RedisCommands;
  readonly idle: CommandRate;
  readonly told: ToldUnits[];
}

function contendersOf({ context, floodgate, load, jwtSecret, commands, idle, told }: World): Contender[] {
  const { environment, runId, options } = context;
  const { seconds, connections, size } = options;
  const request = { port: floodgate.gatewayPort, method: 'PUT' as const, body: '{}', connections, jwtSecret };
  const onTold = (askers: Askers, { unitNos }: LoadResult) => void told.push({ askers, unitNos });
  const counting = (contender: Contender, answersFigure: string) =>
    new WithRedisCommands(contender, commands, idle, answersFigure);
  const winners = STRATEGIES.map((strategy) => {
    const server = new LoadedServer({
      name: winnersOf(strategy),
      load,
      request: { ...request, path: grabPath(winnersCampaign(runId), strategy) },
      processes: () => floodgate.processes,
      expected: ['GRANTED'],
      prefix: `${runId}-w${strategy}`,
      seconds,
      alsoAtSeventyPercent: false,
      onTold,
    });
    return counting(server, 'answers');
  });
  const crowds = STRATEGIES.map((strategy) => {
    const crowd = new CrowdRun({
      name: crowdOf(strategy),
      load,
      requestOf: (round) => ({
        ...request,
        path: grabPath(crowdCampaign(runId, round), strategy),
        requests: scaled(CROWD_REQUESTS, round === 0 ? size * WARM_UP_SHARE : size),
      }),
      prefix: `${runId}-c${strategy}`,
      onTold,
    });
    return counting(crowd, 'answers');
  });
  const deaths = BUFFERS.map(
    (buffer) =>
      new DeadInstances({
        name: deadAt(buffer),
        floodgate,
        inventories: INVENTORIES,
        buffer,
        load,
        request,
        pathOf: (round) => grabPath(deadCampaign(runId, buffer, round)),
        soldOf: (round) => soldByPool(environment.kafkaBrokers, deadCampaign(runId, buffer, round)),
        unitsOfPool: scaled(DEAD_UNITS, size),
        prefix: `${runId}-d${buffer * 100}-`,
        onTold,
      }),
  );
  return [...winners, ...crowds, ...deaths];
}

async function soldByPool(brokers: string, campaignId: string): Promise<Map<string, number>> {
  const sold = new Map<string, number>();
  for (const { poolId } of (await readLoggedGrants(brokers, campaignId)).values()) {
    sold.set(poolId, (sold.get(poolId) ?? 0) + 1);
  }
  return sold;
}
