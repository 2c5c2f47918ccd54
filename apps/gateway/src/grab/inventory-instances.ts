import { type inventoryV1 } from '@floodgate/contracts';
import { choicesOf, homeShardNo, OutcomeError } from '@floodgate/kernel';
import { Lifecycle, LOG, Metrics } from '@floodgate/nest-kit';
import { Inject, Injectable } from '@nestjs/common';
import { type Logger } from 'pino';
import { Gauge } from 'prom-client';
import { type Config, CONFIG } from '../config';
import { type PoolView } from '../http/campaign-schemas';
import { Services } from '../services';
import { InventoryStream } from './inventory-stream';

export interface InventoryInstance {
  readonly address: string;
  readonly client: inventoryV1.InventoryServiceClient;
  readonly stream: Pick<InventoryStream, 'up' | 'full' | 'inFlight' | 'grab' | 'close'>;
}

/** Whether an instance only cannot tell just now, so that another may. */
export function mayAnotherTell(error: unknown): error is OutcomeError {
  return error instanceof OutcomeError && (error.outcome === 'TRY_LATER' || error.outcome === 'TOO_HOT');
}

/** A user's home shard in a pool, and who may serve it, first choice first. */
export interface HomeShard {
  readonly shardNo: number;
  readonly choices: readonly InventoryInstance[];
}

/**
 * A stream to every inventory instance, and which of them serves whom: the first choice of the user's home shard and, the
 * moment its stream is gone, the second. Everybody who knows the same addresses makes the same choices.
 */
@Injectable()
export class InventoryInstances {
  private readonly instances: readonly InventoryInstance[];
  private readonly inFlightMax: number;
  // By pool, then by shard. A pool's view lives as long as its campaign is known, and so do its choices.
  private readonly homes = new WeakMap<PoolView, HomeShard[]>();

  constructor(
    services: Services,
    @Inject(CONFIG) config: Config,
    @Inject(LOG) log: Logger,
    lifecycle: Lifecycle,
    metrics: Metrics,
  ) {
    this.inFlightMax = config.MAX_IN_FLIGHT;
    const options = { budgetMs: config.BUDGET_GRAB_MS, inFlightMax: config.MAX_IN_FLIGHT_PER_INVENTORY };
    this.instances = services.inventory.map(({ address, client }) => ({
      address,
      client,
      stream: new InventoryStream(client, options, log.child({ inventory: address })),
    }));
    lifecycle.onClose(() => {
      for (const { stream } of this.instances) stream.close();
    });
    this.measure(metrics);
  }

  homeOf(campaignId: string, pool: PoolView, userId: string): HomeShard {
    const shardNo = homeShardNo(campaignId, pool.poolId, pool.shards, userId);
    let homes = this.homes.get(pool);
    if (homes === undefined) {
      homes = [];
      this.homes.set(pool, homes);
    }
    return (homes[shardNo] ??= { shardNo, choices: this.choicesOf(`${campaignId}/${pool.poolId}/${shardNo}`) });
  }

  /** The first of the choices that is up; the first choice when none is. */
  chosen({ choices }: HomeShard): InventoryInstance {
    for (const instance of choices) if (instance.stream.up) return instance;
    return this.first(choices);
  }

  /** For a result read: those that are up before those that are not. Without a home, because the campaign is unknown here, all. */
  inTurn(home: HomeShard | undefined): InventoryInstance[] {
    const choices = home?.choices ?? this.instances;
    return [...choices.filter(({ stream }) => stream.up), ...choices.filter(({ stream }) => !stream.up)];
  }

  /** All of them. */
  get up(): boolean {
    return this.instances.every(({ stream }) => stream.up);
  }

  get inFlight(): number {
    let sum = 0;
    for (const { stream } of this.instances) sum += stream.inFlight;
    return sum;
  }

  /** This gateway holds as many unanswered grabs as it may, or no instance takes any more. */
  get full(): boolean {
    return this.inFlight >= this.inFlightMax || this.instances.every(({ stream }) => stream.full);
  }

  private choicesOf(shardKey: string): InventoryInstance[] {
    const addresses = this.instances.map(({ address }) => address);
    const byAddress = new Map(this.instances.map((instance) => [instance.address, instance]));
    return choicesOf(shardKey, addresses).flatMap((address) => byAddress.get(address) ?? []);
  }

  private first(choices: readonly InventoryInstance[]): InventoryInstance {
    const [first] = choices;
    if (!first) throw new Error('the configuration names no inventory instance');
    return first;
  }

  private measure({ registry }: Metrics): void {
    const { instances } = this;
    new Gauge({
      name: 'floodgate_gateway_grabs_in_flight',
      help: 'Grabs sent to an inventory instance and not answered yet.',
      labelNames: ['inventory'],
      registers: [registry],
      collect() {
        for (const { address, stream } of instances) this.set({ inventory: address }, stream.inFlight);
      },
    });
    new Gauge({
      name: 'floodgate_gateway_inventory_up',
      help: '1 while grabs can be sent to an inventory instance.',
      labelNames: ['inventory'],
      registers: [registry],
      collect() {
        for (const { address, stream } of instances) this.set({ inventory: address }, stream.up ? 1 : 0);
      },
    });
  }
}
