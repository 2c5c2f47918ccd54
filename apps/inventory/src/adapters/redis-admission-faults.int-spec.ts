import { createRedis, type RedisClient } from '@floodgate/adapters/redis';
import { type Admission, type Proposal, type ShardId, type ShardSnapshot } from '@floodgate/domain/inventory';
import {
  startRedis,
  startRedisCluster,
  type TestRedisCluster,
  type TestRedisServer,
  until,
  untilNoError,
} from '@floodgate/testing';
import { Admissions } from './admissions';

const STRATEGIES = ['sharded-counters', 'unit-queue', 'local-quota'] as const;
type Strategy = (typeof STRATEGIES)[number];

/** So long that only an answer that never comes meets it, however slow the machine. */
const PATIENCE = { commandTimeout: 30_000 };
/** Of a client that is to give up: it only decides how long that takes. */
const HASTE = { commandTimeout: 2_000 };

/** How often a node of a cluster is told anew that another has taken over. */
const TELL_EVERY_MS = 1_000;

let shards = 0;

function admissionOf(redis: RedisClient, strategy: Strategy): Admission {
  const localQuota = { buffer: 0.1, instances: 1, emptyForMs: 0 };
  return new Admissions(redis, { localQuota }).for({ strategy, shards: 1 });
}

/** A shard and what its fold would load: unit 0 is held, 1 to `stock` are free. */
function newShard(stock = 100): { shard: ShardId; snapshot: ShardSnapshot } {
  return {
    shard: { campaignId: `faults-${process.pid}-${shards++}`, poolId: 'p', shardNo: 0 },
    snapshot: {
      offset: 5,
      free: [{ from: 1, to: stock }],
      holders: [{ userId: 'holder', grabId: 'g', unitNo: 0 }],
    },
  };
}

const grabsOf = (...users: string[]) => users.map((userId) => ({ userId, grabId: `${userId}-grab` }));

function unitsOf(proposals: readonly Proposal[] | 'lost'): (number | string)[] {
  if (proposals === 'lost') return ['lost'];
  return proposals.map((proposal) => (proposal.kind === 'proposed' ? proposal.unitNo : proposal.kind));
}

describe.each(STRATEGIES)('one Redis in trouble: %s', (strategy) => {
  let server: TestRedisServer;
  let redis: RedisClient;
  let admission: Admission;

  beforeEach(async () => {
    server = await startRedis();
    redis = createRedis(server.url, PATIENCE);
    redis.on('error', () => undefined);
    await redis.connect();
    admission = admissionOf(redis, strategy);
  });
  afterEach(async () => {
    redis.disconnect();
    await server.stop();
  });

  const isBack = (client = redis) => untilNoError('Redis', () => client.ping());

  it('FLUSHALL: knows that the load is lost, and serves again when it is loaded', async () => {
    const { shard, snapshot } = newShard();
    await admission.load(shard, 'load', snapshot);
    await server.admin.flushall();
    expect(await admission.propose(shard, 'load', 1, grabsOf('a'))).toBe('lost');
    expect(await admission.apply(shard, 'load', { previousOffset: 5, offset: 6 }, [])).toBe('lost');
    expect(await admission.present(shard)).toBeUndefined();
    await admission.load(shard, 'next', snapshot);
    expect(unitsOf(await admission.propose(shard, 'next', 1, grabsOf('holder', 'a')))).toEqual(['held', 1]);
  });

  it.each([true, false])(
    'kill -9 and a restart, append-only file deleted: %p; the place tells',
    async (withoutData) => {
      const { shard, snapshot } = newShard();
      await admission.load(shard, 'load', snapshot);
      const place = await admission.place(shard);
      await server.kill();
      await expect(admission.propose(shard, 'load', 1, grabsOf('a'))).rejects.toThrow();
      await server.start({ withoutData });
      await isBack();
      expect(await admission.place(shard)).not.toBe(place);
      if (withoutData) expect(await admission.propose(shard, 'load', 1, grabsOf('a'))).toBe('lost');
    },
  );

  it('SCRIPT FLUSH under load: hands out each unit once', async () => {
    const { shard, snapshot } = newShard(601);
    await admission.load(shard, 'load', snapshot);
    const batches = Array.from({ length: 60 }, (_, batch) =>
      grabsOf(...Array.from({ length: 10 }, (_, n) => `u${batch * 10 + n}`)),
    );
    const calls = batches.map(async (batch, index) => {
      if (index % 5 === 0) await server.admin.script('FLUSH');
      return unitsOf(await admission.propose(shard, 'load', 1, batch));
    });
    const units = (await Promise.all(calls)).flat().sort((a, b) => Number(a) - Number(b));
    expect(units).toEqual(Array.from({ length: 600 }, (_, n) => n + 1));
  });

  it('writes are refused: throws, tries nothing again, and goes on under the next load', async () => {
    const { shard, snapshot } = newShard(4);
    await admission.load(shard, 'load', snapshot);
    await admission.propose(shard, 'load', 1, grabsOf('a'));
    await server.admin.config('SET', 'min-replicas-to-write', '1');
    await server.admin.config('RESETSTAT');
    await expect(admission.propose(shard, 'load', 1, grabsOf('b'))).rejects.toThrow('NOREPLICAS');
    const stats = await server.admin.info('commandstats');
    expect(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1]).toBe('1');
    expect(stats).not.toContain('cmdstat_eval:');
    await expect(admission.load(shard, 'next', snapshot)).rejects.toThrow('NOREPLICAS');

    await server.admin.config('SET', 'min-replicas-to-write', '0');
    await admission.load(shard, 'after', snapshot);
    const proposals = await admission.propose(shard, 'after', 1, grabsOf('a', 'b', 'c', 'd'));
    expect(unitsOf(proposals)).toEqual([1, 2, 3, 'none-free']);
  });

  it('memory is full: a load throws, what is loaded is served, and nothing is evicted', async () => {
    const [there, another] = [newShard(4), newShard(4)];
    await admission.load(there.shard, 'load', there.snapshot);
    await server.admin.config('SET', 'maxmemory', '1');
    await expect(admission.load(another.shard, 'load', another.snapshot)).rejects.toThrow('OOM');
    const proposals = await admission.propose(there.shard, 'load', 1, grabsOf('a', 'b', 'c', 'd', 'holder'));
    expect(unitsOf(proposals)).toEqual([1, 2, 3, 'none-free', 'held']);
    expect(await admission.present(another.shard)).toBeUndefined();
    await server.admin.config('SET', 'maxmemory', '0');
    expect(await admission.load(another.shard, 'next', another.snapshot)).toBe('ok');
  });

  it('a server that hangs: throws within its time limit, and what it does late gives no unit to two', async () => {
    const { shard, snapshot } = newShard();
    await admission.load(shard, 'load', snapshot);
    const hasty = createRedis(server.url, HASTE);
    hasty.on('error', () => undefined);
    // On a slow machine it gives up here too, and tries again by itself.
    await untilNoError('the hasty one is connected', async () => {
      if (hasty.status === 'wait') await hasty.connect();
      await hasty.ping();
    });
    const impatient = admissionOf(hasty, strategy);
    await untilNoError('a is served', () => impatient.propose(shard, 'load', 1, grabsOf('a')));
    server.signal('SIGSTOP');
    try {
      await expect(impatient.propose(shard, 'load', 1, grabsOf('b', 'c'))).rejects.toThrow('timed out');
    } finally {
      server.signal('SIGCONT');
    }
    // On the same connection: what was given up is done before it answers.
    await isBack(hasty);
    hasty.disconnect();
    const units = unitsOf(await admission.propose(shard, 'load', 1, grabsOf('d', 'a', 'b', 'c')));
    expect(units[1]).toBe(1);
    expect(new Set(units).size).toBe(4);
    expect(units.every((unit) => Number(unit) >= 1)).toBe(true);
  });
});

describe.each(STRATEGIES)('a lagging replica: %s', (strategy) => {
  let primary: TestRedisServer;
  let replica: TestRedisServer;

  beforeEach(async () => {
    primary = await startRedis();
    replica = await startRedis({ replicaOf: primary });
  });
  afterEach(() => Promise.all([primary.stop(), replica.stop()]));

  it('promoted, it is another place and out of step; so is the first server when it serves again', async () => {
    const clients = [createRedis(primary.url, PATIENCE), createRedis(replica.url, PATIENCE)] as const;
    await Promise.all(clients.map((client) => client.connect()));
    const [atPrimary, atReplica] = [admissionOf(clients[0], strategy), admissionOf(clients[1], strategy)];
    const { shard, snapshot } = newShard();

    await atPrimary.load(shard, 'load', snapshot);
    await until('the replica is in step', async () => (await atReplica.present(shard))?.offset === 5);
    const place = await atPrimary.place(shard);
    // From here on the replica gets nothing.
    await replica.admin.replicaof('127.0.0.1', '1');
    const unit = unitsOf(await atPrimary.propose(shard, 'load', 1, grabsOf('a')))[0];
    const granted = { kind: 'granted', userId: 'a', grabId: 'a-grab', unitNo: Number(unit) } as const;
    expect(await atPrimary.apply(shard, 'load', { previousOffset: 5, offset: 6 }, [granted])).toBe('ok');

    await replica.admin.replicaof('NO', 'ONE');
    expect(await atReplica.place(shard)).not.toBe(place);
    // It offers what somebody holds, which the log refuses; the next record shows that it is behind.
    expect(unitsOf(await atReplica.propose(shard, 'load', 1, grabsOf('b')))).toEqual([unit]);
    expect(await atReplica.apply(shard, 'load', { previousOffset: 6, offset: 7 }, [])).toBe('lost');

    await atReplica.load(shard, 'next', { ...snapshot, offset: 7 });
    expect(await atPrimary.propose(shard, 'next', 1, grabsOf('c'))).toBe('lost');
    expect(await atPrimary.apply(shard, 'next', { previousOffset: 7, offset: 8 }, [])).toBe('lost');

    for (const client of clients) client.disconnect();
  });

  it('a replica that is asked by mistake changes nothing', async () => {
    const redis = createRedis(replica.url, PATIENCE);
    await redis.connect();
    const { shard, snapshot } = newShard();
    await expect(admissionOf(redis, strategy).load(shard, 'load', snapshot)).rejects.toThrow('READONLY');
    redis.disconnect();
  });
});

describe('fail-over in a Redis Cluster', () => {
  let cluster: TestRedisCluster;
  let redis: RedisClient;

  beforeAll(async () => {
    cluster = await startRedisCluster({ masters: 3, replicas: 1 });
    redis = createRedis(cluster.url, PATIENCE);
    redis.on('error', () => undefined);
    await redis.connect();
  });
  afterAll(async () => {
    redis.disconnect();
    await cluster.stop();
  });

  async function takeOver(promoted: TestRedisServer | undefined, demoted: TestRedisServer | undefined): Promise<void> {
    const follows = async () => (await demoted?.admin.info('replication'))?.includes('master_link_status:up');
    await promoted?.admin.call('CLUSTER', 'FAILOVER', 'TAKEOVER');
    let toldAt = performance.now();
    // A role that changes between the look and the command refuses the command: the next look finds the new one.
    await untilNoError(
      'the other follows',
      async () => {
        if (await follows()) return;
        // Not at each look, for a node writes its epoch to its disk.
        if (performance.now() - toldAt > TELL_EVERY_MS) {
          // The other has not heard of it, or its epoch is higher; then the one promoted may be a replica again.
          const undone = (await promoted?.admin.info('replication'))?.includes('role:slave');
          await promoted?.admin.call('CLUSTER', ...(undone ? ['FAILOVER', 'TAKEOVER'] : ['BUMPEPOCH']));
          toldAt = performance.now();
        }
        throw new Error('it does not follow yet');
      },
      90_000,
    );
  }

  it.each(STRATEGIES)(
    'and failback tell themselves by the place of the shards concerned alone: %s',
    async (strategy) => {
      const [master] = cluster.masters;
      const [replica] = cluster.replicas;
      const admission = new Admissions(redis, { localQuota: { buffer: 0, instances: 1, emptyForMs: 0 } }).for({
        strategy,
        shards: 3,
      });
      const { shard: first, snapshot } = newShard();
      const ofAll = [0, 1, 2].map((shardNo) => ({ ...first, shardNo }));
      const places = () => Promise.all(ofAll.map((shard) => admission.place(shard)));
      /** While the client finds out who serves a slot, calls fail. */
      const load = (shard: ShardId, loadId: string) =>
        untilNoError('the load', () => admission.load(shard, loadId, snapshot));

      for (const shard of ofAll) expect(await load(shard, 'load')).toBe('ok');
      const before = await untilNoError('all places', places);
      expect(new Set(before).size).toBe(3);

      await takeOver(replica, master);
      const after = await until('another place', async () => {
        const now = await places().catch(() => before);
        return now[0] === before[0] ? undefined : now;
      });
      expect(after.slice(1)).toEqual(before.slice(1));
      for (const shard of ofAll) {
        expect(await load(shard, 'next')).toBe('ok');
        const proposals = await untilNoError('the proposals', () =>
          admission.propose(shard, 'next', 1, grabsOf('a', 'holder')),
        );
        expect(unitsOf(proposals)).toEqual([1, 'held']);
      }

      await takeOver(master, replica);
      await until('a third place', async () => {
        const [now = after[0]] = await places().catch(() => after);
        return now !== after[0];
      });
    },
  );
});
