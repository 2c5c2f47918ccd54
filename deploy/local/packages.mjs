/** The servers' programs: found on this machine, else installed by apt and Maven. Only what is missing is installed. */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { LOCAL, ROOT } from './profiles.mjs';
import { Trouble } from './trouble.mjs';

const POM = join(ROOT, 'deploy/local/kafka/pom.xml');
const KAFKA_VERSION = /<kafka\.version>([^<]+)</.exec(readFileSync(POM, 'utf8'))[1];
const JAVA_VERSION_MIN = 17;
const OUTPUT_LINES_SHOWN = 12;

/** The folder of the broker's jars, shared by the profiles. */
export const KAFKA_JARS = join(LOCAL, `kafka-${KAFKA_VERSION}`, 'lib');

/** Full path of a program, also when PATH lacks the folders of system programs; undefined when there is none. */
export function findProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  for (const folder of folders.filter((entry) => entry !== '')) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder: the next one may have it.
    }
  }
  return undefined;
}

/**
 * Runs a program to its end with its output kept back.
 * @throws Trouble, with `complaint` and the last lines of the output, when it fails.
 */
export async function run(command, args, complaint, options = {}) {
  const child = spawn(command, args, { stdio: ['inherit', 'pipe', 'pipe'], ...options });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const fail = (why) => {
    const tail = output.trim().split('\n').slice(-OUTPUT_LINES_SHOWN).join('\n');
    return new Trouble(`${complaint} (${why}): ${[command, ...args].join(' ')}\n${tail}`.trimEnd());
  };
  try {
    const [code, signal] = await once(child, 'close');
    if (code !== 0) throw fail(signal ?? `exit code ${code}`);
  } catch (error) {
    throw error instanceof Trouble ? error : fail(error.message);
  }
}

function javaVersionOf(path) {
  const { stderr } = spawnSync(path, ['-version'], { encoding: 'utf8' });
  return Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
}

/** A Java new enough for the broker, be it the default one or not; undefined when there is none. */
export function javaProgram() {
  const installed = '/usr/lib/jvm';
  const candidates = [
    process.env.JAVA_HOME && join(process.env.JAVA_HOME, 'bin/java'),
    findProgram('java'),
    ...(existsSync(installed)
      ? readdirSync(installed)
          .sort()
          .map((entry) => join(installed, entry, 'bin/java'))
      : []),
  ];
  return candidates.find((path) => path && existsSync(path) && javaVersionOf(path) >= JAVA_VERSION_MIN);
}

const isPackaged = (name) => spawnSync('apt-cache', ['show', name], { stdio: 'ignore' }).status === 0;

/** What apt must bring for these servers: `{packages, why}`; one Java serves broker and Maven alike. */
function missingFor(servers) {
  const missing = [];
  const need = (isThere, ...names) => !isThere && missing.push(...names);
  if (servers.includes('mariadb')) {
    need(findProgram('mariadbd') && findProgram('mariadb-install-db'), 'mariadb-server-core', 'mariadb-client-core');
  }
  if (servers.includes('redis')) need(findProgram('redis-server') ?? findProgram('redis-check-rdb'), 'redis-tools');
  if (servers.includes('kafka')) {
    need(
      javaProgram(),
      ...(isPackaged('openjdk-17-jre-headless') ? ['openjdk-17-jre-headless'] : ['openjdk-21-jre-headless']),
    );
    need(existsSync(KAFKA_JARS) || findProgram('mvn'), 'maven');
  }
  return missing;
}

async function aptInstall(packages, say) {
  const wanted = packages.join(' ');
  const how =
    'or start a Docker engine, or give the addresses of running servers (FLOODGATE_MYSQL_URL, FLOODGATE_REDIS_URL, FLOODGATE_KAFKA_BROKERS)';
  const apt = findProgram('apt-get');
  if (apt === undefined)
    throw new Trouble(`This machine lacks programs that Debian calls ${wanted}: install them, ${how}.`);
  const sudo = process.getuid() === 0 ? [] : ['sudo'];
  if (sudo.length > 0 && findProgram('sudo') === undefined) {
    throw new Trouble(
      `These packages are missing and only root can install them: run "apt-get install ${wanted}" as root, ${how}.`,
    );
  }
  say(`installing ${wanted}`);
  const apply = (args) => {
    const [command, ...rest] = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', apt, ...args];
    return run(command, rest, `These packages could not be installed; install ${wanted} by hand, ${how}`);
  };
  const install = ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...packages];
  try {
    await apply(install);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    say('the package lists are missing or old: renewing them');
    await apply(['update']);
    await apply(install);
  }
}

async function fetchKafka(say) {
  if (existsSync(KAFKA_JARS)) return;
  say(`fetching Kafka ${KAFKA_VERSION} by Maven (about 45 MB)`);
  const draft = `${KAFKA_JARS}.${process.pid}`;
  mkdirSync(dirname(KAFKA_JARS), { recursive: true });
  try {
    await run(
      findProgram('mvn'),
      ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${draft}`],
      'Kafka could not be fetched by Maven',
    );
    // Whole or not at all: an interrupted download must not look like an installation.
    renameSync(draft, KAFKA_JARS);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * Makes sure that the programs of these servers are here.
 * @throws Trouble that says what to install by hand when they cannot be had.
 */
export async function ensurePrograms(servers, say) {
  const missing = missingFor(servers);
  if (missing.length > 0) await aptInstall(missing, say);
  if (servers.includes('kafka')) await fetchKafka(say);
  const still = missingFor(servers);
  if (still.length > 0)
    throw new Trouble(
      `${still.join(' ')} did not bring the programs that are needed: install MariaDB, Redis, Java ${JAVA_VERSION_MIN} and Maven by hand.`,
    );
}
