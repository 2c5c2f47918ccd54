import { join } from 'node:path';
import { HelperProcess } from '../helper-process';
import { type ServerStarted, type StartServer } from './messages';

const START_MS_MAX = 30_000;

/** One server of the overload bench, in a process of its own. */
export interface OverloadServer {
  readonly port: number;
  readonly pid: number;
  stop(): void;
}

export async function startServer(start: StartServer): Promise<OverloadServer> {
  const helper = new HelperProcess<StartServer, ServerStarted>(start.defence, join(__dirname, 'overload-server.js'));
  try {
    const { port } = await helper.ask(start, START_MS_MAX);
    return { port, pid: helper.pid, stop: () => helper.stop() };
  } catch (error) {
    helper.stop();
    throw error;
  }
}
