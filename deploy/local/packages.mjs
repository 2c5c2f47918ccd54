/** The servers' programs, and TLC: found on this machine, else installed by apt and Maven. Only what is missing is installed. */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { LOCAL, ROOT } from './profiles.mjs';
import { Trouble } from './trouble.mjs';

const JAVA_VERSION_MIN = 17;
const OUTPUT_LINES_SHOWN = 12;

/** The jars that a pom of this folder names, in a folder of their own that the profiles share. */
function jarsOf(name, title, size) {
  const pom = join(ROOT, 'deploy/local', name, 'pom.xml');
  const version = new RegExp(`<${name}\\.version>([^<]+)<`).exec(readFileSync(pom, 'utf8'))[1];
  return { title: `${title} ${version}`, size, pom, folder: join(LOCAL, `${name}-${version}`, 'lib') };
}

const JARS = {
  kafka: jarsOf('kafka', 'Kafka', 'about 45 MB'),
  tlc: jarsOf('tlc', 'TLC', 'about 3 MB'),
};

/** The folder of the broker's jars. */
export const KAFKA_JARS = JARS.kafka.folder;

/** The folder of the model checker's jar. */
export const TLC_JARS = JARS.tlc.folder;

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

/** A Java new enough for broker and model checker, be it the default one or not; undefined when there is none. */
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

const jarsFor = (programs) => programs.flatMap((name) => JARS[name] ?? []);

/** What apt must bring for these programs, as Debian calls it; one Java serves broker, model checker and Maven alike. */
function missingFor(programs) {
  const missing = [];
  const need = (isThere, ...names) => !isThere && missing.push(...names);
  if (programs.includes('mariadb')) {
    need(findProgram('mariadbd') && findProgram('mariadb-install-db'), 'mariadb-server-core', 'mariadb-client-core');
  }
  if (programs.includes('redis')) need(findProgram('redis-server') ?? findProgram('redis-check-rdb'), 'redis-tools');
  const jars = jarsFor(programs);
  if (jars.length > 0) {
    need(
      javaProgram(),
      ...(isPackaged('openjdk-17-jre-headless') ? ['openjdk-17-jre-headless'] : ['openjdk-21-jre-headless']),
    );
    need(jars.every(({ folder }) => existsSync(folder)) || findProgram('mvn'), 'maven');
  }
  return missing;
}

/** What helps a machine that cannot have the servers' programs. Nothing but Java helps the model checker. */
const ELSEWHERE =
  ', or start a Docker engine, or give the addresses of running servers (FLOODGATE_MYSQL_URL, FLOODGATE_REDIS_URL, FLOODGATE_KAFKA_BROKERS)';

async function aptInstall(packages, otherwise, say) {
  const wanted = packages.join(' ');
  const apt = findProgram('apt-get');
  if (apt === undefined)
    throw new Trouble(`This machine lacks programs that Debian calls ${wanted}: install them${otherwise}.`);
  const sudo = process.getuid() === 0 ? [] : ['sudo'];
  if (sudo.length > 0 && findProgram('sudo') === undefined) {
    throw new Trouble(
      `These packages are missing and only root can install them: run "apt-get install ${wanted}" as root${otherwise}.`,
    );
  }
  say(`installing ${wanted}`);
  const apply = (args) => {
    const [command, ...rest] = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', apt, ...args];
    return run(command, rest, `These packages could not be installed; install ${wanted} by hand${otherwise}`);
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

async function fetchJars({ title, size, pom, folder }, say) {
  if (existsSync(folder)) return;
  say(`fetching ${title} by Maven (${size})`);
  const draft = `${folder}.${process.pid}`;
  mkdirSync(dirname(folder), { recursive: true });
  try {
    await run(
      findProgram('mvn'),
      ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${draft}`],
      `${title} could not be fetched by Maven`,
    );
    // Whole or not at all: an interrupted download must not look like an installation.
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * Makes sure that these programs are here: servers by name, and `tlc`.
 * @throws Trouble that says what to install by hand when they cannot be had.
 */
export async function ensurePrograms(programs, say) {
  const missing = missingFor(programs);
  if (missing.length > 0) await aptInstall(missing, programs.includes('tlc') ? '' : ELSEWHERE, say);
  for (const jars of jarsFor(programs)) await fetchJars(jars, say);
  const still = missingFor(programs);
  if (still.length > 0)
    throw new Trouble(
      `${still.join(' ')} did not bring the programs that are needed: install MariaDB, Redis, Java ${JAVA_VERSION_MIN} and Maven by hand.`,
    );
}
