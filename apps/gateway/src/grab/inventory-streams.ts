import { Lifecycle, LOG, Metrics } from '@floodgate/nest-kit';
import { Inject, Injectable } from '@nestjs/common';
import { type Logger } from 'pino';
import { Gauge } from 'prom-client';
import { type Config, CONFIG } from '../config';
import { Services } from '../services';
import { type GrabItem, type GrabReply, InventoryStream } from './inventory-stream';

/** A stream to every inventory instance. A grab goes to the first choice and, while that one is away, to the next. */
@Injectable()
export class InventoryStreams {
  private readonly streams: readonly InventoryStream[];

  constructor(
    services: Services,
    @Inject(CONFIG) config: Config,
    @Inject(LOG) log: Logger,
    lifecycle: Lifecycle,
    metrics: Metrics,
  ) {
    const options = { budgetMs: config.GRAB_BUDGET_MS, inFlightMax: config.MAX_IN_FLIGHT };
    this.streams = services.inventory.map((client) => new InventoryStream(client, options, log));
    lifecycle.onClose(() => {
      for (const stream of this.streams) stream.close();
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
    return this.streams.reduce((sum, stream) => sum + stream.inFlight, 0);
  }

  /** Never rejects. */
  grab(item: GrabItem): Promise<GrabReply> {
    const stream = this.streams.find(({ up }) => up) ?? this.streams[0];
    return stream ? stream.grab(item) : Promise.resolve({ kind: 'unknown' });
  }
}
