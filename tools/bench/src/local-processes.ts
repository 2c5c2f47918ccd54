import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { INSTANCES, type Stack, type StackEnvironment, StackTrouble } from '@floodgate/tools/stack';
import { type NamedProcess } from './process-cpu';

const SERVERS = ['redis', 'kafka', 'mariadb'];

/** @throws StackTrouble when any app of the profile runs: it would be measured too, and stopping it is not for a bench. */
export async function refuseWhenAppsRun(environment: StackEnvironment): Promise<void> {
  for (const instance of INSTANCES) {
    const { httpPort } = environment.apps[instance];
    if (await isListening(httpPort)) {
      throw new StackTrouble(
        `${instance} already runs on port ${httpPort} of the ${environment.name} profile: stop its apps first, the bench needs them to itself.`,
      );
    }
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The apps of a stack and the servers they use. @throws StackTrouble for servers that do not run here as plain processes. */
export function processesOf(stack: Stack): NamedProcess[] {
  const { directory } = stack.environment;
  const servers = SERVERS.map((name): NamedProcess => {
    const file = join(directory, `${name}.pid`);
    if (!existsSync(file)) {
      throw new StackTrouble(
        `The bench counts the CPU of ${name}, which must run here as a process: there is no ${file}.`,
      );
    }
    return { name, pid: (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid };
  });
  return [...stack.apps.map(({ instance, pid }) => ({ name: instance, pid })), ...servers];
}
