/**
 * Local servers: `npm run infra -- up|down|status|reset [--profile dev|test|chaos|chaos-3]`. README.md beside this file tells more.
 * Safe to run twice, and from two processes at once.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureDependencies } from '../../tools/run/setup.mjs';
import { dockerDown, dockerUp, isDockerRunning } from './docker.mjs';
import { withLock } from './lock.mjs';
import { ensurePrograms } from './packages.mjs';
import { whyNotReady } from './probes.mjs';
import { lastLines, logOf, pidOf, stop } from './processes.mjs';
import {
  adminUrl,
  INSTANCES,
  kafkaBrokers,
  LOCAL,
  portShift,
  profile as profileNamed,
  PROFILES,
  redisUrl,
  ROOT,
} from './profiles.mjs';
import { provision } from './provision.mjs';
import { SERVERS, startServer } from './servers.mjs';
import { runMain, Trouble } from './trouble.mjs';

const READY_MS_MAX = 120_000;
const POLL_MS = 150;
const USAGE = `Usage: npm run infra -- up|down|status|reset [--profile ${PROFILES.join('|')}]`;

const sayFor = (profile) => (line) => console.log(`[infra ${profile.name}] ${line}`);
const lockOf = (profile) => join(LOCAL, `${profile.name}.lock`);
const titles = (names) => names.map((name) => SERVERS[name].title).join(', ');

const howFile = (profile) => join(profile.directory, 'infra.json');

/** How each server was started last time, by name: 'packages' or 'docker'; and by how much its port was shifted. Empty when it never was. */
function howBefore(profile) {
  try {
    return JSON.parse(readFileSync(howFile(profile), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

const isRunning = (profile) =>
  profile.servers.some((name) => profile.given[name] === undefined && pidOf(profile, name) !== undefined);

/** Servers that run keep their ports: a shift that is forgotten, or new, would look for them elsewhere, in vain. */
function checkShift(profile) {
  const { portShift: before = portShift() } = howBefore(profile);
  if (before === portShift() || !isRunning(profile)) return;
  throw new Trouble(
    `The servers of this profile run with FLOODGATE_PORT_SHIFT=${before}: set it for every command, or end them with: npm run infra -- down --profile ${profile.name}`,
  );
}

/** Decides for each server where it comes from: a given address, then a Docker engine, then this machine's packages. */
function choose(profile, say) {
  const before = howBefore(profile);
  const open = profile.servers.filter((name) => profile.given[name] === undefined);
  const isDocker = !profile.isForFaults && open.length > 0 && isDockerRunning();
  const how = {};
  for (const name of profile.servers) {
    if (profile.given[name] !== undefined) how[name] = 'given';
    // Data stays where it was made: an engine that appears later must not show an empty database.
    else if (before[name] === 'packages' || !isDocker) how[name] = 'packages';
    else how[name] = 'docker';
  }
  const REASONS = {
    given: 'at the addresses in the environment',
    docker: 'as containers, since a Docker engine runs',
    packages: `from this machine's packages (${whyPackages(profile, isDocker)})`,
  };
  const parts = Object.keys(REASONS).flatMap((way) => {
    const names = profile.servers.filter((name) => how[name] === way);
    return names.length > 0 ? [`${titles(names)} ${REASONS[way]}`] : [];
  });
  say(parts.join('; '));
  return how;
}

function whyPackages(profile, isDocker) {
  if (profile.isForFaults) return 'faults need processes of their own';
  return `no address in the environment, ${isDocker ? 'and the data is there from before' : 'no Docker engine running'}`;
}

function isPortOpen(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const answer = (isOpen) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

async function startFromPackages(profile, names, say) {
  const stopped = names.filter((name) => pidOf(profile, name) === undefined);
  if (stopped.length === 0) return;
  for (const name of stopped) {
    const port = SERVERS[name].port(profile);
    if (await isPortOpen(port)) {
      throw new Trouble(
        `Port ${port}, meant for ${SERVERS[name].title}, is taken by a program that this checkout did not start: end it, or set FLOODGATE_PORT_SHIFT=100 to move all ports.`,
      );
    }
  }
  await withLock(join(LOCAL, 'packages.lock'), say, () => ensurePrograms(stopped, say));
  say(`starting ${titles(stopped)}`);
  await Promise.all(stopped.map((name) => startServer(profile, name)));
}

async function waitReady(profile, name, how, say) {
  const { title } = SERVERS[name];
  const startedAt = Date.now();
  for (;;) {
    const why = await whyNotReady(profile, name);
    const waitedMs = Date.now() - startedAt;
    if (why === undefined) {
      say(`${title} answers (${(waitedMs / 1000).toFixed(1)} s)`);
      return;
    }
    if (how === 'given')
      throw new Trouble(`${title} does not answer at the address that ${GIVEN_BY[name]} gives: ${why}.`);
    if (how === 'packages' && pidOf(profile, name) === undefined) {
      throw new Trouble(
        `${title} stopped while starting; its log ${logOf(profile, name)} ends:\n${lastLines(profile, name, 8)}`,
      );
    }
    if (waitedMs > READY_MS_MAX)
      throw new Trouble(
        `${title} does not answer after ${READY_MS_MAX / 1000} s: ${why}. Its log: ${logOf(profile, name)}`,
      );
    await sleep(POLL_MS);
  }
}

async function up(profile) {
  const say = sayFor(profile);
  await ensureDependencies();
  await withLock(lockOf(profile), say, async () => {
    checkShift(profile);
    const how = choose(profile, say);
    const by = (way) => profile.servers.filter((name) => how[name] === way);
    for (const folder of [profile.logs, ...INSTANCES.map((name) => join(profile.state, name))])
      mkdirSync(folder, { recursive: true });
    const started = Object.fromEntries(
      profile.servers.filter((name) => how[name] !== 'given').map((name) => [name, how[name]]),
    );
    // What runs since before that was noted may run with any.
    const shift = isRunning(profile) ? {} : { portShift: portShift() };
    writeFileSync(howFile(profile), `${JSON.stringify({ ...howBefore(profile), ...started, ...shift })}\n`);
    if (by('docker').length > 0) await dockerUp(profile, by('docker'));
    await startFromPackages(profile, by('packages'), say);
    await Promise.all(profile.servers.map((name) => waitReady(profile, name, how[name], say)));
    await provision(profile, say);
  });
}

/** Stops the apps that `npm start` or a demo left running: without servers they are of no use, and without their notes nobody finds them. */
function stopApps(profile, say) {
  const stack = join(ROOT, 'dist/tools/stack/src/main.js');
  if (!existsSync(join(profile.directory, 'pids')) || !existsSync(stack)) return;
  const { status, stdout, stderr } = spawnSync(process.execPath, [stack, 'stop', '--profile', profile.name], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Trouble(stderr.trim());
  say(stdout.trim());
}

/** Stops what this profile started, and nothing else. Call it with the lock held. */
async function stopAll(profile, isDataToo, say) {
  stopApps(profile, say);
  if (Object.values(howBefore(profile)).includes('docker')) {
    await dockerDown(profile, isDataToo);
    say('containers removed');
  }
  await Promise.all(profile.servers.map(async (name) => say(`${SERVERS[name].title}: ${await stop(profile, name)}`)));
}

const down = (profile) => withLock(lockOf(profile), sayFor(profile), () => stopAll(profile, false, sayFor(profile)));

async function reset(profile) {
  const say = sayFor(profile);
  await withLock(lockOf(profile), say, async () => {
    await stopAll(profile, true, say);
    rmSync(profile.directory, { recursive: true, force: true });
    say(
      `data, logs and secrets deleted${Object.values(profile.given).some(Boolean) ? '; servers given by address keep theirs' : ''}`,
    );
  });
}

/** The variables that name servers of somebody else's. */
const GIVEN_BY = {
  mariadb: 'FLOODGATE_MYSQL_URL',
  redis: 'FLOODGATE_REDIS_URL',
  kafka: 'FLOODGATE_KAFKA_BROKERS',
};

const GIVEN_ADDRESS = {
  mariadb: (profile) => new URL(adminUrl(profile)).host,
  redis: (profile) => new URL(redisUrl(profile)).host,
  kafka: kafkaBrokers,
};

const addressOf = (profile, name) =>
  profile.given[name] === undefined ? `127.0.0.1:${SERVERS[name].port(profile)}` : GIVEN_ADDRESS[name](profile);

async function statusRows(profile) {
  const before = howBefore(profile);
  return Promise.all(
    profile.servers.map(async (name) => {
      const how = profile.given[name] !== undefined ? 'given' : before[name];
      const row = {
        profile: profile.name,
        server: SERVERS[name].title,
        from: how ?? '-',
        address: '-',
        pid: '-',
        state: 'never started',
      };
      if (how === undefined) return row;
      const why = await whyNotReady(profile, name);
      return {
        ...row,
        address: addressOf(profile, name),
        pid: (how === 'packages' && pidOf(profile, name)?.toString()) || '-',
        state: why === undefined ? 'answers' : `does not answer: ${why}`,
      };
    }),
  );
}

/** Those for faults only where they were ever started. */
const usualProfiles = () =>
  PROFILES.map(profileNamed).filter((profile) => !profile.isForFaults || existsSync(howFile(profile)));

async function status(profiles) {
  const rows = (await Promise.all(profiles.map(statusRows))).flat();
  const columns = Object.keys(rows[0]);
  const widths = columns.map((column) => Math.max(column.length, ...rows.map((row) => row[column].length)));
  const line = (cells) =>
    cells
      .map((cell, index) => cell.padEnd(widths[index]))
      .join('  ')
      .trimEnd();
  console.log([line(columns), ...rows.map((row) => line(columns.map((column) => row[column])))].join('\n'));
}

function parse(args) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { profile: { type: 'string' } } });
  } catch (error) {
    throw new Trouble(`${error.message}\n${USAGE}`);
  }
}

await runMain(async () => {
  const { positionals, values } = parse(process.argv.slice(2));
  const commands = { up, down, reset };
  const [command, ...rest] = positionals;
  if (rest.length > 0 || !(command === 'status' || Object.hasOwn(commands, command ?? ''))) throw new Trouble(USAGE);
  if (command === 'status')
    await status(values.profile === undefined ? usualProfiles() : [profileNamed(values.profile)]);
  else await commands[command](profileNamed(values.profile ?? 'dev'));
});
