/**
 * `node tools/stack/environment.mjs <profile>` prints, as JSON, everything that starting and reading a profile needs.
 * A program of its own, because deploy/local is made of ES modules without dependencies and the tools are CommonJS, also under jest.
 */
import { join } from 'node:path';
import {
  adminUrl,
  appEnv,
  appOf,
  auditUrl,
  databaseOf,
  INSTANCES,
  kafkaBrokers,
  ownerUrl,
  profile,
  redisUrl,
  ROOT,
  SERVICES,
} from '../../deploy/local/profiles.mjs';
import { runMain } from '../../deploy/local/trouble.mjs';

function migrationEnv(p, service) {
  if (service === 'prize-payout') {
    return { MYSQL_OWNER_URL: ownerUrl(p, service), CHANNEL_MYSQL_OWNER_URL: ownerUrl(p, 'channel') };
  }
  return { MYSQL_OWNER_URL: ownerUrl(p, service) };
}

function describeInstance(p, instance) {
  const app = appOf(instance);
  const isService = SERVICES.includes(app);
  return {
    httpPort: p.ports.http[instance],
    env: appEnv(p, instance),
    ...(isService && { schema: databaseOf(app), migrationEnv: migrationEnv(p, app) }),
  };
}

await runMain(async () => {
  const p = profile(process.argv[2] ?? '');
  const environment = {
    name: p.name,
    root: ROOT,
    directory: p.directory,
    logs: join(p.directory, 'logs'),
    apps: Object.fromEntries(INSTANCES.map((instance) => [instance, describeInstance(p, instance)])),
    adminUrl: adminUrl(p),
    auditUrl: auditUrl(p),
    redisUrl: redisUrl(p),
    kafkaBrokers: kafkaBrokers(p),
  };
  process.stdout.write(JSON.stringify(environment));
});
