import { type inventoryV1 } from '@floodgate/contracts';
import { Lifecycle, LOG, Metrics } from '@floodgate/nest-kit';
import { Inject, Injectable } from '@nestjs/common';
import { type Logger } from 'pino';
import { Gauge } from 'prom-client';
import { type Config, CONFIG } from '../config';
import { Services } from '../services';
import { type GrabItem, type GrabReply, InventoryStream } from './inventory-stream';

type InventoryServiceClient = inventoryV1.InventoryServiceClient;

/** A stream to every inventory instance. A grab goes to the first choice and, while that one is away, to the next. */
@Injectable()
export class InventoryStreams {
  private readonly instances: readonly { readonly client: InventoryServiceClient; readonly stream: InventoryStream }[];

  constructor(
    services: Services,
    @Inject(CONFIG) config: Config,
    @Inject(LOG) log: Logger,
    lifecycle: Lifecycle,
    metrics: Metrics,
  ) {
    const options = { budgetMs: config.GRAB_BUDGET_MS, inFlightMax: config.MAX_IN_FLIGHT };
    this.instances = services.inventory.map((client) => ({
      client,
      stream: new InventoryStream(client, options, log),
    }));
    lifecycle.onClose(() => {
      for (const { stream } of this.instances) stream.close();
    });
    const inFlight = () => this.inFlight;
    new Gauge({
      name: 'floodgate_gateway_grabs_in_flight',
      help: 'Grabs sent to inventory and not answered yet.',
      registers: [metrics.registry],
      collect() {
        this.set(inFlight());
      },
    });
  }

  get inFlight(): number {
    return this.instances.reduce((sum, { stream }) => sum + stream.inFlight, 0);
  }

  /** Never rejects. */
  grab(item: GrabItem): Promise<GrabReply> {
    return this.chosen.stream.grab(item);
  }

  /** Of the instance that grabs go to now. */
  get chosenClient(): InventoryServiceClient {
    return this.chosen.client;
  }

  private get chosen() {
    const chosen = this.instances.find(({ stream }) => stream.up) ?? this.instances[0];
    if (!chosen) throw new Error('the configuration names no inventory instance');
    return chosen;
  }
}
