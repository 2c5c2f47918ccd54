import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { StackTrouble } from '@floodgate/tools/stack';

/** A Node process of the bench's own that answers each message with one. It ends with the bench, whatever ends that. */
export class HelperProcess<Message extends object, Reply> {
  private readonly child: ChildProcess;

  /** `script` is the path of a built module; what it says beside its messages is shown. `nodeOptions` are Node's own. */
  constructor(
    private readonly name: string,
    script: string,
    nodeOptions: readonly string[] = [],
  ) {
    this.child = fork(script, { serialization: 'advanced', execArgv: [...nodeOptions] });
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new StackTrouble(`The ${this.name} process could not be started.`);
    return this.child.pid;
  }

  /** @throws StackTrouble when the process ends, or says nothing for `timeoutMs`. */
  async ask(message: Message, timeoutMs: number): Promise<Reply> {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(timeoutMs)]);
    const reply = once(this.child, 'message', { signal });
    const exit = once(this.child, 'exit', { signal });
    this.child.send(message);
    try {
      const said: unknown = await Promise.race([
        reply.then(([answer]: unknown[]) => answer),
        exit.then(() => {
          throw new StackTrouble(`The ${this.name} process ended on its own.`);
        }),
      ]);
      return said as Reply;
    } catch (error) {
      if (error instanceof StackTrouble) throw error;
      throw new StackTrouble(`The ${this.name} process said nothing for ${timeoutMs / 1_000} s.`);
    } finally {
      stop.abort();
      await Promise.allSettled([reply, exit]);
    }
  }

  stop(): void {
    this.child.kill();
  }
}
