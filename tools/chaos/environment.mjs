/**
 * `node tools/chaos/environment.mjs <chaos|chaos-3>` prints, as JSON, how each server of a fault profile is started, and where
 * the instances of inventory reach them. The servers' settings files are written on the way; their data must be there already.
 */
import { join } from 'node:path';
import { logOf } from '../../deploy/local/processes.mjs';
import {
  adminUrl,
  appEnv,
  auditUrl,
  databaseOf,
  FAULT_PROFILES,
  instancesOf,
  kafkaBrokers,
  profile,
  redisUrl,
  ROOT,
} from '../../deploy/local/profiles.mjs';
import { SERVERS } from '../../deploy/local/servers.mjs';
import { runMain, Trouble } from '../../deploy/local/trouble.mjs';

/** Each instance reaches Redis through a proxy of its own, so that one may see another server than the other. */
const REDIS_PROXY_OFFSET = 11;

async function serverOf(p, name) {
  const { command, args, cwd, marks } = await SERVERS[name].prepare(p);
  return {
    name,
    title: SERVERS[name].title,
    port: SERVERS[name].port(p),
    command,
    args,
    cwd,
    marks,
    log: logOf(p, name),
    pidFile: join(p.directory, `${name}.pid`),
    data: join(p.directory, name),
  };
}

function instanceOf(p, name, index) {
  const env = appEnv(p, name);
  const redisProxyPort = p.ports.redis + REDIS_PROXY_OFFSET + index;
  return {
    name,
    httpPort: p.ports.http[name],
    grpcAddress: `127.0.0.1:${p.ports.grpc[name]}`,
    redisProxyPort,
    env: {
      ...env,
      REDIS_URL: `redis://127.0.0.1:${redisProxyPort}`,
      KAFKA_BROKERS: p.brokers.map(({ proxy }) => `127.0.0.1:${proxy}`).join(','),
    },
  };
}

await runMain(async () => {
  const name = process.argv[2] ?? '';
  if (!FAULT_PROFILES.includes(name)) throw new Trouble(`Only ${FAULT_PROFILES.join(' and ')} are for faults.`);
  const p = profile(name);
  const environment = {
    name,
    root: ROOT,
    directory: p.directory,
    servers: await Promise.all(p.servers.map((server) => serverOf(p, server))),
    brokers: p.brokers,
    instances: instancesOf('inventory').map((instance, index) => instanceOf(p, instance, index)),
    inventorySchema: databaseOf('inventory'),
    adminUrl: adminUrl(p),
    auditUrl: auditUrl(p),
    redisUrl: redisUrl(p),
    redisReplicaUrl: `redis://127.0.0.1:${p.ports.redisReplica}`,
    kafkaBrokers: kafkaBrokers(p),
  };
  process.stdout.write(JSON.stringify(environment));
});
