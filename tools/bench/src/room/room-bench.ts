import {
  type AuditResult,
  type Bench,
  type BenchContext,
  type BenchOptions,
  type Contender,
  type PreparedBench,
} from '../bench';
import { Floodgate } from '../floodgate';
import { LoadProcess } from '../load/load-process';
import { LoadedServer } from '../loaded-server';
import { preparing } from '../prepared';
import { type RowSpec } from '../rows';
import { openSales } from '../sale';
import { jwtSecretOf } from '../secrets';
import { RoomCrowd } from './room-crowd';
import { redisBytes, residentBytes } from './room-memory';
import { openRoom } from './room-plan';

const FEW = 'polls of a thousand';
const MANY = 'polls of a million';
const MEMORY = 'memory';

const FEW_PEOPLE = 1_000;
const MANY_PEOPLE = 1_000_000;
/** Asking for the same places again takes a gateway to the memory it needs for its work, whoever waits. */
const WARM_UP_TICKETS = 200_000;
/** More than wait: nobody is told that the stock cannot reach them. */
const STOCK = 5_000_000;
/** So little that a heap cannot hold a hundred bytes for each of a million, and garbage does not pass for them either. */
const SMALL_HEAP = { NODE_OPTIONS: '--max-old-space-size=160' };
/** A place for everybody who comes is counted on: however long they wait for their turn, none is too many. */
const NOBODY_TOO_MANY = { ADMISSION_WAIT_MS_TARGET: '60000', ADMISSION_WAIT_MS_MAX: '60000' };
const SHARDS = 2;

/** The waiting room: what a poll costs when a thousand times as many wait, and what each of them costs in memory. */
export const roomBench: Bench = {
  name: 'room',
  summary: '1,000,000 people queued through a gateway: polls against those of 1,000, and memory for each person',
  minutes: 12,
  rows,
  prepare,
};

function rows({ size }: BenchOptions): RowSpec[] {
  const of = (contender: string, figure: string) => ({ ours: { contender, figure } });
  const against = (figure: string) => ({
    limit: { contender: FEW, figure },
    ours: { contender: MANY, figure },
  });
  return [
    {
      name: 'CPU of all processes for a poll, a million waiting against a thousand',
      unit: 'us',
      ...against('cpuUsPerAnswer'),
      toReach: { of: 'ratio', atMost: 1.1 },
    },
    { name: 'polls at full speed', unit: '1/s', ...against('perSecond') },
    { name: 'p99 at full speed', unit: 'ms', ...against('p99Ms') },
    {
      name: 'people waiting',
      unit: '',
      ...of(MEMORY, 'people'),
      toReach: { of: 'ours', exactly: Math.round(MANY_PEOPLE * size) },
    },
    {
      name: 'memory for each in Redis',
      unit: 'B',
      ...of(MEMORY, 'redisBytes'),
      toReach: { of: 'ours', atMost: 200 },
    },
    {
      name: 'memory for each outside Redis',
      unit: 'B',
      ...of(MEMORY, 'gatewayBytes'),
      toReach: { of: 'ours', atMost: 100 },
    },
    { name: 'places given', unit: '1/s', ...of(MEMORY, 'placesPerSecond') },
  ];
}

function prepare(context: BenchContext): Promise<PreparedBench> {
  const { environment, options, runId, say } = context;
  const { inventories, cpuProfileDirectory, seconds, connections, size } = options;
  return preparing(async (endLater) => {
    const jwtSecret = jwtSecretOf(environment);
    const load = new LoadProcess();
    endLater(() => load.stop());
    say('starting the apps');
    const floodgate = await Floodgate.start({
      environment,
      inventories,
      cpuProfileDirectory,
      env: { gateway: { ...SMALL_HEAP, ...NOBODY_TOO_MANY } },
    });
    endLater(() => floodgate.stop());
    const [few, many] = [`bench-${runId}-few`, `bench-${runId}-many`];
    const pools = [{ poolId: 'units', stock: STOCK, shards: SHARDS, strategy: options.strategy }];
    await openSales(
      floodgate.gatewayUrl,
      jwtSecret,
      [few, many].map((campaignId) => ({ campaignId, pools })),
    );
    await openRoom({ environment, gatewayUrl: floodgate.gatewayUrl, jwtSecret, campaignId: few });
    const crowd = new RoomCrowd({ load, port: floodgate.gatewayPort, connections, jwtSecret, runId });
    const people = Math.round(MANY_PEOPLE * size);
    say('a thousand people join, and ask for their places again and again');
    await crowd.joinAgainAndAgain(few, FEW_PEOPLE, Math.round(WARM_UP_TICKETS * size));
    const gateways = floodgate.processes.filter(({ name }) => name.startsWith('gateway'));
    const before = { redis: await redisBytes(environment.redisUrl), gateway: residentBytes(gateways) };
    say(`${people} people join`);
    const placesPerSecond = await crowd.join(many, people);
    const memory = fixed(MEMORY, {
      people: (await crowd.nextArrival(many)) - 1,
      redisBytes: ((await redisBytes(environment.redisUrl)) - before.redis) / people,
      gatewayBytes: Math.max(0, residentBytes(gateways) - before.gateway) / people,
      placesPerSecond,
    });
    const polls = (name: string, campaignId: string) =>
      new LoadedServer({
        name,
        load,
        request: {
          port: floodgate.gatewayPort,
          method: 'GET',
          path: `/campaigns/${campaignId}/room/grab/serving`,
          body: '',
          connections,
          jwtSecret,
        },
        processes: () => floodgate.processes,
        expected: ['OK'],
        prefix: `${runId}-${name.replaceAll(' ', '-')}`,
        seconds,
        alsoAtSeventyPercent: false,
      });
    return {
      contenders: [polls(FEW, few), polls(MANY, many), memory],
      audit: async () =>
        auditOf([
          [FEW_PEOPLE + 1, await crowd.nextArrival(few)],
          // One of them came to be counted.
          [people + 2, await crowd.nextArrival(many)],
        ]),
    };
  });
}

/** Each place was given once: the next to come gets the number above all that joined. */
function auditOf(expectedAndGiven: readonly (readonly [number, number])[]): AuditResult {
  const ok = expectedAndGiven.every(([expected, given]) => given === expected);
  const detail = expectedAndGiven.map(([expected, given]) => `${given} where ${expected} was due`).join(', ');
  return { ok, detail: `the next to come was number ${detail}` };
}

/** What was measured once, while the room filled. */
function fixed(name: string, sample: Readonly<Record<string, number>>): Contender {
  return { name, measure: async () => ({ sample, errors: {} }) };
}
