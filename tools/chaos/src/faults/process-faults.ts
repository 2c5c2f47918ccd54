import { setTimeout as sleep } from 'node:timers/promises';
import { TOPICS } from '@floodgate/contracts';
import { selectRows } from '@floodgate/adapters/mysql';
import { COUNTERS } from '../counters';
import { type FaultPlan } from '../plan/fault-plan';
import { type ServerProcess } from '../servers/server-process';
import { type ChaosWorld } from '../world';

type PlanOf<Kind extends FaultPlan['kind']> = Extract<FaultPlan, { kind: Kind }>;

/** kill -9 of an instance; another life begins after a while. Over when it is started, not when it serves. */
export async function killInstance({ instance: index, downMs }: PlanOf<'kill'>, world: ChaosWorld): Promise<void> {
  const instance = world.instance(index);
  await instance.keepCounters(COUNTERS);
  await instance.end('SIGKILL');
  await sleep(downMs);
  await instance.spawn();
}

/** An instance stands still with all its connections open, and then goes on as if nothing had been. */
export async function pauseInstance({ instance: index, forMs }: PlanOf<'pause'>, world: ChaosWorld): Promise<void> {
  const instance = world.instance(index);
  instance.pause();
  await sleep(forMs);
  instance.resume();
}

export async function harmBroker({ how, broker, forMs }: PlanOf<'broker'>, world: ChaosWorld): Promise<void> {
  const index = broker === 'leader' ? await leaderIndex(world) : broker;
  await harmServer(world.broker(index), how, forMs);
}

export async function harmMysql({ how, forMs }: PlanOf<'mysql'>, world: ChaosWorld): Promise<void> {
  if (how === 'cut') await cutMysqlConnections(world);
  else await harmServer(world.server('mariadb'), how, forMs);
}

async function harmServer(server: ServerProcess, how: 'kill' | 'stop' | 'pause', forMs: number): Promise<void> {
  if (how === 'pause') {
    server.pause();
    await sleep(forMs);
    server.resume();
    return;
  }
  await server.end(how === 'kill' ? 'SIGKILL' : 'SIGTERM');
  await server.start();
}

/** The index of the broker that leads most partitions of the stock log. */
export async function leaderIndex(world: ChaosWorld): Promise<number> {
  const { topics } = await world.admin.fetchTopicMetadata({ topics: [TOPICS.stockLog.name] });
  const leaders = topics.flatMap(({ partitions }) => partitions.map(({ leader }) => leader));
  const led = world.environment.brokers.map((_, index) => leaders.filter((leader) => leader === index + 1).length);
  return led.indexOf(Math.max(...led));
}

async function cutMysqlConnections({ sql, environment }: ChaosWorld): Promise<void> {
  const rows = await selectRows<{ id: number }>(
    sql,
    "SELECT id FROM information_schema.processlist WHERE db = ? AND user LIKE 'fg\\_%'",
    [environment.inventorySchema],
  );
  // One that has ended meanwhile is no error.
  for (const { id } of rows) await sql.query(`KILL ${id}`).catch(() => undefined);
}
