/**
 * `node tools/demo/server-switch.mjs check|stop|start redis <profile>`: takes one of a profile's own servers away for a while. Its data stays.
 * A program of its own, because deploy/local is made of ES modules and the tools are CommonJS.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dockerStop, dockerUp } from '../../deploy/local/docker.mjs';
import { whyNotReady } from '../../deploy/local/probes.mjs';
import { stop } from '../../deploy/local/processes.mjs';
import { profile as profileNamed } from '../../deploy/local/profiles.mjs';
import { SERVERS, startServer } from '../../deploy/local/servers.mjs';
import { runMain, Trouble } from '../../deploy/local/trouble.mjs';

const READY_MS_MAX = 30_000;
const POLL_MS = 50;

/** 'packages' or 'docker', as `npm run infra -- up` noted it. */
function howStarted(profile, server) {
  if (profile.given[server] !== undefined)
    throw new Trouble(
      `${SERVERS[server].title} is somebody else's, at the address in the environment: it is never stopped.`,
    );
  return JSON.parse(readFileSync(join(profile.directory, 'infra.json'), 'utf8'))[server];
}

async function waitReady(profile, server) {
  const giveUpAt = Date.now() + READY_MS_MAX;
  for (;;) {
    const why = await whyNotReady(profile, server);
    if (why === undefined) return;
    if (Date.now() > giveUpAt) throw new Trouble(`${SERVERS[server].title} does not answer again: ${why}.`);
    await sleep(POLL_MS);
  }
}

const ACTIONS = {
  /** Says whether it may be stopped at all. */
  check: async (profile, server) => void howStarted(profile, server),
  stop: async (profile, server) => {
    if (howStarted(profile, server) === 'docker') await dockerStop(profile, [server]);
    else await stop(profile, server);
  },
  start: async (profile, server) => {
    if (howStarted(profile, server) === 'docker') await dockerUp(profile, [server]);
    // One that runs already is what is wanted.
    else if ((await whyNotReady(profile, server)) !== undefined) await startServer(profile, server);
    await waitReady(profile, server);
  },
};

await runMain(async () => {
  const [action, server, name] = process.argv.slice(2);
  if (!Object.hasOwn(ACTIONS, action ?? '') || !Object.hasOwn(SERVERS, server ?? '') || name === undefined)
    throw new Trouble(`Usage: node tools/demo/server-switch.mjs ${Object.keys(ACTIONS).join('|')} <server> <profile>`);
  await ACTIONS[action](profileNamed(name), server);
});
