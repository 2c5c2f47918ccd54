import { type BeforeApplicationShutdown, Injectable, type OnApplicationShutdown } from '@nestjs/common';

/** What it returns is awaited. */
type Step = () => unknown;

/**
 * An orderly end. Consumers, jobs and relays stop first, each finishing what it has in hand; then the listeners close and
 * answer what is in flight; then the connections to the stores close.
 */
@Injectable()
export class Lifecycle implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly stops: Step[] = [];
  private readonly closes: Step[] = [];

  /** Something that takes up work by itself. Stopped in reverse order of registration. */
  onStop(step: Step): void {
    this.stops.unshift(step);
  }

  /** Something that work in flight still needs. Closed last, in reverse order of registration. */
  onClose(step: Step): void {
    this.closes.unshift(step);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await runAll(this.stops);
  }

  async onApplicationShutdown(): Promise<void> {
    await runAll(this.closes);
  }
}

/** Every step gets its turn, whatever became of the one before; then the first error is thrown. */
async function runAll(steps: readonly Step[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
