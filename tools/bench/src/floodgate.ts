import {
  type App,
  type Instance,
  startApps,
  type Stack,
  type StackEnvironment,
  StackTrouble,
} from '@floodgate/tools/stack';
import { AppCopy } from './app-copy';
import { cpuProfileEnv } from './cpu-profile';
import { freePort } from './free-port';
import { serverProcesses } from './local-processes';
import { type NamedProcess } from './process-cpu';

/** The way of a grab, and no app that only works for winners afterwards. */
const GRAB_APPS: readonly App[] = ['gateway', 'activity', 'inventory', 'degradation-plan'];
const PRODUCTION = {
  PROFILE: 'production',
  NODE_ENV: 'production',
  LOG_LEVEL: 'warn',
  // There is one broker.
  STOCK_LOG_REPLICAS_MIN: '1',
  STOCK_LOG_IN_SYNC_MIN: '1',
};

export interface FloodgateOptions {
  readonly environment: StackEnvironment;
  /** All that a grab needs, by default. */
  readonly apps?: readonly App[];
  readonly inventories: number;
  readonly gateways?: number;
  /** On top of the production configuration, by app, for all its instances. */
  readonly env?: Partial<Readonly<Record<App, Readonly<Record<string, string>>>>>;
  readonly cpuProfileDirectory?: string | undefined;
}

/** An instance of an app, by the name its CPU is reported under: `inventory-2`. */
interface Running extends NamedProcess {
  readonly httpPort: number;
}

/** The built apps in their production configuration, each as often as asked for. They end with the bench. */
export class Floodgate {
  private readonly copies: AppCopy[] = [];

  private constructor(
    private readonly stack: Stack,
    private readonly options: FloodgateOptions,
    private readonly plan: readonly PlannedCopy[],
  ) {}

  /** Returns when all are ready. @throws StackTrouble, with everything stopped again, when one does not start. */
  static async start(options: FloodgateOptions): Promise<Floodgate> {
    const { environment, apps = GRAB_APPS } = options;
    const plan = await planCopies(options);
    const stack = await startApps(environment, {
      apps,
      instances: { inventory: 1 },
      env: Object.fromEntries(apps.map((app) => [app, configOf(options, app, app, plan)])),
    });
    const floodgate = new Floodgate(stack, options, plan);
    // Before the servers' own end: they are not stopped under apps that run.
    process.prependListener('exit', () => floodgate.killAllNow());
    try {
      for (const { app, name, httpPort, env } of plan) {
        const config = { ...configOf(options, app, name, plan), ...env };
        floodgate.copies.push(new AppCopy({ environment, app, name, httpPort, env: config }));
      }
      await Promise.all(floodgate.copies.map((copy) => copy.start()));
    } catch (error) {
      await floodgate.stop();
      throw error;
    }
    return floodgate;
  }

  /** Of all inventory instances, as gateways know them. */
  get inventoryAddresses(): string[] {
    return addressesOf(this.options.environment, this.plan);
  }

  /** http://host:port of the first gateway. */
  get gatewayUrl(): string {
    return this.stack.urlOf('gateway');
  }

  /** Of the first gateway. */
  get gatewayPort(): number {
    return this.options.environment.apps.gateway.httpPort;
  }

  get gatewayPorts(): number[] {
    return this.running.filter(({ name }) => /^gateway(-|$)/.test(name)).map(({ httpPort }) => httpPort);
  }

  /** All apps that run, and the servers they use. */
  get processes(): NamedProcess[] {
    return [...this.running, ...serverProcesses(this.options.environment)];
  }

  /** Kills an instance with -9. */
  async kill(name: string): Promise<void> {
    const copy = this.copyOf(name);
    await (copy === undefined ? this.stack.kill(name as Instance) : copy.kill());
  }

  /** Starts an instance again that was killed, with `env` on top of its configuration; returns when it is ready. */
  async startAgain(name: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const copy = this.copyOf(name);
    await (copy === undefined ? this.stack.start(name as Instance, env) : copy.start(env));
  }

  /** Stops an instance in order, where it runs, and starts it with `env` on top of its configuration. */
  async restart(name: string, env: Readonly<Record<string, string>>): Promise<void> {
    if (this.running.some((instance) => instance.name === name)) {
      const copy = this.copyOf(name);
      await (copy === undefined ? this.stack.stop(name as Instance) : copy.stop());
    }
    await this.startAgain(name, env);
  }

  async stop(): Promise<void> {
    await Promise.all([this.stack.stopAll(), ...this.copies.map((copy) => copy.stop())]);
  }

  /** Without waiting, for a program that must end now. */
  killAllNow(): void {
    this.stack.killAllNow();
    for (const copy of this.copies) copy.killNow();
  }

  private copyOf(name: string): AppCopy | undefined {
    return this.copies.find((copy) => copy.name === name);
  }

  private get running(): Running[] {
    return [
      ...this.stack.apps.map(({ instance, pid, port }) => ({ name: instance, pid, httpPort: port })),
      ...this.copies.filter((copy) => copy.isRunning).map(({ name, pid, httpPort }) => ({ name, pid, httpPort })),
    ];
  }
}

interface PlannedCopy {
  readonly app: App;
  readonly name: string;
  readonly httpPort: number;
  readonly env: Readonly<Record<string, string>>;
}

async function planCopies({ inventories, gateways = 1 }: FloodgateOptions): Promise<PlannedCopy[]> {
  const copies: PlannedCopy[] = [];
  for (const [app, count] of [['gateway', gateways] as const, ['inventory', inventories] as const]) {
    for (let no = 2; no <= count; no++) {
      const env: Record<string, string> = app === 'inventory' ? { GRPC_PORT: String(await freePort()) } : {};
      copies.push({ app, name: `${app}-${no}`, httpPort: await freePort(), env });
    }
  }
  return copies;
}

/** The rules of production for grabs and results, with limits that nobody meets: all who ask come from one address here, and probes are one person's. */
const FREQUENCY_RULES = JSON.stringify([
  { api: 'grab', by: 'user', perMs: 10_000, max: 1_000_000 },
  { api: 'grab', by: 'device', perMs: 10_000, max: 1_000_000 },
  { api: 'grab', by: 'network', perMs: 10_000, max: 1_000_000 },
  { api: 'result', by: 'user', perMs: 10_000, max: 1_000_000 },
]);

function configOf(
  { environment, env, cpuProfileDirectory }: FloodgateOptions,
  app: App,
  name: string,
  copies: readonly PlannedCopy[],
): Record<string, string> {
  return {
    ...PRODUCTION,
    ...(app === 'gateway' && { FREQUENCY_RULES }),
    INVENTORY_GRPC: addressesOf(environment, copies).join(','),
    ...env?.[app],
    ...(cpuProfileDirectory !== undefined && cpuProfileEnv(name, cpuProfileDirectory)),
  };
}

function addressesOf({ apps }: StackEnvironment, copies: readonly PlannedCopy[]): string[] {
  const first = apps.inventory.env['GRPC_PORT'];
  if (first === undefined) throw new StackTrouble('inventory is given no GRPC_PORT.');
  return [first, ...copies.flatMap((copy) => copy.env['GRPC_PORT'] ?? [])].map((port) => `127.0.0.1:${port}`);
}
