import { join } from 'node:path';
import { StackTrouble } from '@floodgate/tools/stack';
import { HelperProcess } from '../helper-process';
import { type FromLoad, type LoadJob, type LoadResult, type ToLoad } from './job';

const PREPARE_MS_MAX = 120_000;
const RUN_MS_MAX = 240_000;
// A million tokens are strings of half a gigabyte.
const HEAP_MIB = 4_096;

/** The process that makes the load, so that its work is not done in anybody else's event loop. */
export class LoadProcess {
  private readonly helper = new HelperProcess<ToLoad, FromLoad>('load', join(__dirname, 'main.js'), [
    `--max-old-space-size=${HEAP_MIB}`,
  ]);

  /** Signs tokens and opens connections: all that must not be part of what is measured. */
  async prepare(job: LoadJob): Promise<void> {
    const reply = await this.ask({ kind: 'prepare', job }, PREPARE_MS_MAX);
    if (reply.kind !== 'prepared') throw new StackTrouble('The load process is out of step.');
  }

  /** Runs the job that was prepared last. */
  async run(): Promise<LoadResult> {
    const reply = await this.ask({ kind: 'go' }, RUN_MS_MAX);
    if (reply.kind !== 'done') throw new StackTrouble('The load process is out of step.');
    return reply.result;
  }

  stop(): void {
    this.helper.stop();
  }

  private async ask(message: ToLoad, timeoutMs: number): Promise<FromLoad> {
    const reply = await this.helper.ask(message, timeoutMs);
    if (reply.kind === 'failed') throw new StackTrouble(`The load process failed: ${reply.why}`);
    return reply;
  }
}
