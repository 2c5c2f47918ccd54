import { setTimeout as sleep } from 'node:timers/promises';
import { type DatabaseContact } from '@floodgate/adapters/mysql';
import { until } from '@floodgate/testing';
import { type Kafka, KafkaJSConnectionError } from 'kafkajs';
import { Consumers, type ConsumersParts, type RunningConsumer } from './consumers';
import { Health } from './health';
import { Lifecycle } from './lifecycle';
import { Metrics } from './metrics';

const mysqlIsAway = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', fatal: true });
const kafkaIsAway = new KafkaJSConnectionError('Connection error: ECONNREFUSED');

/** Consumers of a process whose MySQL was reached, and one of them; each attempt meets the next error of these. */
function starting({ starts = [], connects = [] }: { starts?: Error[]; connects?: Error[] }) {
  const said: string[] = [];
  const count = { starts: 0, connects: 0, stops: 0 };
  const say = (_: object, message: string) => said.push(message);
  const next = (errors: Error[]) => {
    const error = errors.shift();
    return error === undefined ? Promise.resolve() : Promise.reject(error);
  };
  const admin = {
    connect: () => {
      count.connects++;
      return next(connects);
    },
    disconnect: () => Promise.resolve(),
  };
  const consumer: RunningConsumer = {
    name: 'test',
    halted: undefined,
    trouble: undefined,
    signsOfLife: 0,
    lag: () => Promise.resolve(0),
    start: () => {
      count.starts++;
      return next(starts);
    },
    stop: async () => void count.stops++,
  };
  const lifecycle = new Lifecycle();
  const health = new Health();
  const consumers = new Consumers({
    kafka: { admin: () => admin } as unknown as Kafka,
    database: { dataSource: { isInitialized: true }, made: Promise.resolve() } as unknown as DatabaseContact,
    publisher: {} as ConsumersParts['publisher'],
    log: { warn: say, error: say } as unknown as ConsumersParts['log'],
    lifecycle,
    health,
    metrics: new Metrics(),
    sessionTimeoutMs: 10_000,
    stuckAfterMs: 60_000,
  });
  const readiness = async () => (await health.ready()).checks['consumer test'];
  return { consumers, consumer, lifecycle, readiness, said, count };
}

describe('a consumer that starts while a store blinks', () => {
  it('waits for MySQL, says so, and makes the process ready when it has started', async () => {
    const { consumers, consumer, lifecycle, readiness, said, count } = starting({ starts: [mysqlIsAway, mysqlIsAway] });
    await consumers.run(consumer);
    expect(said).toEqual(['waiting for MySQL to start a consumer']);
    expect(await readiness()).toContain('has not started yet: connect ECONNREFUSED');
    await until('it has started', async () => (await readiness()) === 'ok');
    expect(count).toMatchObject({ starts: 3, connects: 1 });
    await lifecycle.beforeApplicationShutdown();
  });

  it('waits for Kafka where only the watchdog lacks it, and does not start twice', async () => {
    const { consumers, consumer, lifecycle, readiness, said, count } = starting({ connects: [kafkaIsAway] });
    await consumers.run(consumer);
    expect(said).toEqual(['waiting for Kafka to start a consumer']);
    expect(await readiness()).toBe('ok');
    await until('it is watched', () => count.connects === 2);
    expect(count.starts).toBe(1);
    await lifecycle.beforeApplicationShutdown();
  });

  it('tells what else goes wrong as an error, and tries it again', async () => {
    const { consumers, consumer, lifecycle, readiness, said } = starting({ starts: [new Error('out of its mind')] });
    await consumers.run(consumer);
    expect(said).toEqual(['consumer does not start, trying again']);
    await until('it has started', async () => (await readiness()) === 'ok');
    await lifecycle.beforeApplicationShutdown();
  });

  it('tries no more when the process stops', async () => {
    const { consumers, consumer, lifecycle, count } = starting({ starts: [mysqlIsAway, mysqlIsAway] });
    await consumers.run(consumer);
    await lifecycle.beforeApplicationShutdown();
    await sleep(1_500);
    expect(count).toEqual({ starts: 1, connects: 0, stops: 1 });
  });
});
