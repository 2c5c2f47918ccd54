import { join } from 'node:path';
import { HelperProcess } from '../helper-process';
import { type NamedProcess } from '../process-cpu';
import { type LimitStarted, type StartLimit } from './messages';

const START_MS_MAX = 30_000;

/** A server to compare with, in a process of its own. */
export interface LimitServer {
  readonly port: number;
  readonly processes: readonly NamedProcess[];
  stop(): void;
}

/** `script` is a file of this folder, without extension. */
export async function startLimit(script: 'bare-echo' | 'checked-echo', start: StartLimit): Promise<LimitServer> {
  const helper = new HelperProcess<StartLimit, LimitStarted>(script, join(__dirname, `${script}.js`));
  try {
    const { port } = await helper.ask(start, START_MS_MAX);
    return { port, processes: [{ name: script, pid: helper.pid }], stop: () => helper.stop() };
  } catch (error) {
    helper.stop();
    throw error;
  }
}
