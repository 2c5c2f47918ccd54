import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryLog, until } from '@floodgate/testing';
import { planKeys } from './plan-follower-snapshot';
import { PlanReceiverHost } from './plan-receiver-host';
import { type FromReceiver } from './plan-receiver-messages';
import { machineClock } from './synced-clock';

/** A thread that says what it was started with, sends a snapshot when it is told that one was applied, and fails when it is told the time. */
const OBEDIENT = `
  const { start, port } = require('node:worker_threads').workerData;
  const refused = (reason) => port.postMessage({ kind: 'refused', reason });
  refused(start.inForce);
  port.postMessage({ kind: 'ready' });
  port.on('message', ({ kind }) => {
    if (kind === 'time') {
      refused('last words');
      throw new Error('as asked');
    }
    if (kind === 'applied') {
      port.postMessage({ kind: 'snapshot' });
      Atomics.add(new Int32Array(start.signals), 0, 1);
    }
    if (kind === 'stop') port.close();
  });
`;

/** One that never ends by itself. */
const DEAF = `
  require('node:worker_threads').workerData.port.postMessage({ kind: 'ready' });
  setInterval(() => undefined, 1_000);
`;

const KEPT = { databaseMs: 1, wallMs: 1, uptimeMs: 1, bootId: machineClock.bootId };
const APPLIED = {
  kind: 'applied',
  version: 1,
  hash: '',
  source: 'push',
  receivedAtMs: 1,
  appliedAtMs: 1,
  tier: undefined,
} as const;

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'floodgate-receiver-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function startHost(script: string) {
  const threadFile = join(directory, 'thread.js');
  await writeFile(threadFile, script);
  const heard: FromReceiver[] = [];
  const state = { inForce: '' };
  const log = new MemoryLog();
  const host = new PlanReceiverHost({
    start: {
      app: 'test',
      instanceId: 'one',
      redisUrl: 'redis://127.0.0.1:1',
      publicKeys: [],
      stateDir: directory,
      pollEveryMs: 1_000,
      keys: planKeys(),
    },
    inForce: () => state.inForce,
    onBegin: () => undefined,
    onMessage: (message) => heard.push(message),
    log,
    threadFile,
  });
  await host.start();
  const saidOf = () => heard.flatMap((message) => (message.kind === 'refused' ? [message.reason as string] : []));
  return { host, heard, state, log, saidOf };
}

describe('PlanReceiverHost', () => {
  it('starts another receiver when one dies, with what is in force, and handles all that the dead one said', async () => {
    const { host, state, log, saidOf } = await startHost(OBEDIENT);
    expect(saidOf()).toEqual(['']);
    state.inForce = 'the signed plan';
    host.tell({ kind: 'time', kept: KEPT });
    await until('the second receiver', () => saidOf().length === 3);
    expect(saidOf()).toEqual(['', 'last words', 'the signed plan']);
    expect(host.restarts).toBe(1);
    expect(log.lines.map(({ message }) => message)).toEqual([
      'the plan receiver failed',
      'the plan receiver died; the plan in force stays',
    ]);
    await host.stop();
    expect(host.restarts).toBe(1);
  });

  it('hands over what has arrived to a process that gives it no turn of the event loop', async () => {
    const { host, heard } = await startHost(OBEDIENT);
    host.tell(APPLIED);
    const isHere = () => heard.some(({ kind }) => kind === 'snapshot');
    const giveUpAt = performance.now() + 30_000;
    while (!isHere() && performance.now() < giveUpAt) host.look();
    expect(isHere()).toBe(true);
    await host.stop();
    expect(heard.filter(({ kind }) => kind === 'snapshot')).toHaveLength(1);
  });

  it('ends a receiver that does not stop when it is told to', async () => {
    const { host } = await startHost(DEAF);
    await expect(host.stop()).resolves.toBeUndefined();
  });
});
