import { setTimeout as sleep } from 'node:timers/promises';
import { createRedis } from '@floodgate/adapters/redis';
import { type Contender, type Measurement } from './bench';

const LISTEN_MS = 5_000;
/** What this reading itself sends. */
const OWN = new Set(['info', 'client|setinfo', 'client|setname', 'hello', 'select', 'ping']);
const SCRIPT_CALLS = ['eval', 'evalsha', 'fcall'];

/** How often each command was called, in scripts or not; out of the text of INFO commandstats. */
export function callsByCommand(info: string): Map<string, number> {
  const calls = new Map<string, number>();
  for (const [, command = '', count] of info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
    if (!OWN.has(command)) calls.set(command, Number(count));
  }
  return calls;
}

export interface CommandReading {
  readonly all: number;
  readonly scripts: number;
  /** performance.now() */
  readonly atMs: number;
}

export function readingOf(calls: ReadonlyMap<string, number>, atMs: number): CommandReading {
  const all = [...calls.values()].reduce((sum, count) => sum + count, 0);
  const scripts = SCRIPT_CALLS.reduce((sum, command) => sum + (calls.get(command) ?? 0), 0);
  return { all, scripts, atMs };
}

export interface CommandRate {
  readonly allPerMs: number;
  readonly scriptsPerMs: number;
}

/** Commands between two readings for a million of `answers`, less what idle apps send in that time; never below none. */
export function perMillion(
  before: CommandReading,
  after: CommandReading,
  idle: CommandRate,
  answers: number,
): { readonly all: number; readonly scripts: number } {
  const ms = after.atMs - before.atMs;
  const scale = (count: number, idlePerMs: number) => (Math.max(0, count - idlePerMs * ms) / answers) * 1_000_000;
  return {
    all: scale(after.all - before.all, idle.allPerMs),
    scripts: scale(after.scripts - before.scripts, idle.scriptsPerMs),
  };
}

/** Counts the commands that Redis carries out, those within scripts too. */
export class RedisCommands {
  private constructor(private readonly redis: ReturnType<typeof createRedis>) {}

  static async connect(url: string): Promise<RedisCommands> {
    const redis = createRedis(url);
    await redis.connect();
    return new RedisCommands(redis);
  }

  close(): void {
    this.redis.disconnect();
  }

  async read(): Promise<CommandReading> {
    return readingOf(callsByCommand(await this.redis.info('commandstats')), performance.now());
  }

  /** Listens for 5 s to what the apps send when nobody asks anything. */
  async listenToIdle(): Promise<CommandRate> {
    const before = await this.read();
    await sleep(LISTEN_MS);
    const after = await this.read();
    const ms = after.atMs - before.atMs;
    return { allPerMs: (after.all - before.all) / ms, scriptsPerMs: (after.scripts - before.scripts) / ms };
  }
}

/** Adds to what a contender measures the commands that Redis carried out for a million of its answers. */
export class WithRedisCommands implements Contender {
  constructor(
    private readonly inner: Contender,
    private readonly commands: RedisCommands,
    private readonly idle: CommandRate,
    /** The figure that says how many answers there were. */
    private readonly answersFigure: string,
  ) {}

  get name(): string {
    return this.inner.name;
  }

  async measure(round: number): Promise<Measurement> {
    const before = await this.commands.read();
    const { sample, errors } = await this.inner.measure(round);
    const after = await this.commands.read();
    const { all, scripts } = perMillion(before, after, this.idle, sample[this.answersFigure] ?? NaN);
    return { sample: { ...sample, commandsPerMillion: all, scriptsPerMillion: scripts }, errors };
  }
}
