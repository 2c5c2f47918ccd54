/** The same servers as containers, where a Docker engine runs. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findProgram, run } from './packages.mjs';
import { passwordOf, ROOT } from './profiles.mjs';

const ENGINE_MS_MAX = 10_000;

/** Is there an engine that answers, with the compose plug-in? A docker command alone is not enough. */
export function isDockerRunning() {
  if (findProgram('docker') === undefined) return false;
  const answers = (...args) => spawnSync('docker', args, { stdio: 'ignore', timeout: ENGINE_MS_MAX }).status === 0;
  return answers('version', '--format', '{{.Server.Version}}') && answers('compose', 'version');
}

function compose(profile, args, complaint) {
  const env = {
    ...process.env,
    FLOODGATE_MYSQL_PORT: String(profile.ports.mysql),
    FLOODGATE_REDIS_PORT: String(profile.ports.redis),
    FLOODGATE_KAFKA_PORT: String(profile.ports.kafka),
    FLOODGATE_MYSQL_ROOT_PASSWORD: passwordOf(profile, 'root'),
  };
  return run(
    'docker',
    ['compose', '-p', profile.dockerProject, '-f', join(ROOT, 'deploy/compose/compose.yaml'), ...args],
    complaint,
    { env },
  );
}

/** Starts the containers of these servers; does nothing for those that run. */
export const dockerUp = (profile, servers) =>
  compose(profile, ['up', '-d', ...servers], 'Docker could not start the servers');

/** Stops the containers of these servers; they keep their data. */
export const dockerStop = (profile, servers) =>
  compose(profile, ['stop', ...servers], 'Docker could not stop the servers');

/** Removes the profile's containers; with `isDataToo` their volumes as well. */
export const dockerDown = (profile, isDataToo) =>
  compose(profile, ['down', ...(isDataToo ? ['--volumes'] : [])], 'Docker could not stop the servers');
